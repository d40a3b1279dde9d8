"""The program as its user meets it: start, embedding, evaluation, reading, HTTP, the demo."""
import gzip
import re
import statistics
import subprocess
import sys
import time

from figures.measure import BUILD, ENVIRONMENT, GENRE, PEERS, ROOT, json_lines, last_json, run, shared_data

HEAD = "| figure | goal | measured |\n|---|---|---|"


def help_milliseconds():
    times = []
    for _ in range(20):
        start = time.perf_counter()
        run(GENRE, "--help")
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def item_texts(config, folder):
    """The texts that the demo embeds, by way of the artifact of a quick run."""
    run_folder = folder / "texts"
    run(GENRE, "train", config, "--set", "model.name=popularity", "--run", run_folder, "--json")
    lines = [one["text"] for one in json_lines((run_folder / "artifact" / "items.jsonl").read_text(encoding="utf-8"))]
    path = folder / "texts.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, len(lines)


def embedding(texts, folder, ceilings):
    model = last_json(run(GENRE, "lm", "info", "--json").stdout)["folder"]
    path, count = texts
    ours, peers, tokens = [], [], 0
    for _ in range(3):  # turn by turn, so that a busy minute hits both
        one = last_json(run(GENRE, "lm", "embed", "--input", path, "--output", folder / "ours.npy", "--json").stdout)
        ours.append(one["texts_per_second"])
        tokens = one["tokens"] / one["texts"]
        peers.append(last_json(run(PEERS, ROOT / "bench/peers/encode_sentence_transformers.py", model, path).stdout)["texts_per_second"])
    return {"texts": count, "tokens_a_text": tokens, "texts_per_second": max(ours), "sentence_transformers": max(peers), "ratio": max(ours) / max(peers),
            "share_of_fp32_ceiling": max(ours) * tokens * 21.2e6 / (ceilings["fp32_gflops"] * 1e9)}


def evaluation(config, folder):
    parts = folder / "parts"
    split = ["--set", "data.split.kind=user_ratio", "--set", "data.split.ratio=[0.8,0.0,0.2]"]
    run(GENRE, "data", "split", config, *split, "--output", parts)
    ours, peers = [], []
    for _ in range(3):
        result = last_json(run(GENRE, "evaluate", config, "--fresh", *split, "--set", "model.name=ease", "--set", 'evaluate.metrics=["recall@20"]', "--json").stdout)
        ours.append(result["results"][0]["users_per_second"])
        peers.append(last_json(run(PEERS, ROOT / "bench/peers/numpy_ease_evaluation.py", parts, 4).stdout)["users_per_second"])
    return {"users_per_second": max(ours), "numpy": max(peers), "ratio": max(ours) / max(peers)}


def ingest(folder):
    """Turn by turn with polars and pandas; None where the ratings of MovieLens-1M are not on the machine."""
    packed = shared_data("ml-1m/ratings_no_ts.csv.gz")
    if packed is None:
        return None
    path, ours, peers = folder / "ratings.csv", [], {}
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    for _ in range(3):
        ours.append(last_json(run(BUILD / "bench" / "ingest", "--file", path, "--user", "user_id", "--item", "movie_id", "--value", "rating").stdout))
        for name, one in last_json(run(PEERS, ROOT / "bench/peers/ingest.py", path, 2).stdout).items():
            assert (one["interactions"], one["users"], one["items"]) == (ours[0]["interactions"], ours[0]["users"], ours[0]["items"])
            peers[name] = min(peers.get(name, one["seconds"]), one["seconds"])
    seconds = min(one["seconds"] for one in ours)
    return {"rows": ours[0]["rows"], "seconds": seconds, "peers": peers, "ratio": min(peers.values()) / seconds, "peak_mib": ours[0]["peak_mib"]}


def http(config, folder):
    run_folder = folder / "served"
    run(GENRE, "train", config, "--set", "model.name=hybrid_ease", "--run", run_folder, "--json")
    server = subprocess.Popen([str(GENRE), "serve", str(run_folder), "--set", "serve.port=0"], stderr=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT)
    try:
        port = next((found.group(1) for line in server.stderr if (found := re.search(r"listening on http://[^:]+:(\d+)", line))), None)
        if port is None:
            sys.exit("error: the service did not start")
        return last_json(run(BUILD / "bench" / "load_http", "--port", port, "--rate", 500, "--seconds", 10, "--path", "/v1/users/{n}/recommendations?k=10", "--spread", 900).stdout)
    finally:
        server.terminate()
        server.wait(timeout=30)


def demo(folder):
    def once():
        start = time.perf_counter()
        out = run("/usr/bin/env", f"GENRE_CACHE={folder / 'demo-cache'}", GENRE, "demo", "--output", folder / "runs").stdout
        return time.perf_counter() - start, float(re.search(r"peak memory (\d+) MiB", out).group(1))

    first, memory = once()
    second, _ = once()
    return {"seconds_first": first, "seconds_second": second, "peak_mib": memory}


def measure(folder, ceilings):
    config = last_json(run(GENRE, "data", "get", "ml-100k", "--output", folder / "ml-100k", "--json").stdout)["config"]
    return {"help_ms": help_milliseconds(), "embedding": embedding(item_texts(config, folder), folder, ceilings), "evaluation": evaluation(config, folder),
            "ingest": ingest(folder), "http": http(config, folder), "demo": demo(folder)}


def rows(figures):
    e, v, h, d = (figures[k] for k in ("embedding", "evaluation", "http", "demo"))
    yield f"| `genre --help` | under 50 ms | {figures['help_ms']:.0f} ms |"
    yield (f"| embedding the {e['texts']:,} item texts of MovieLens-100K, fp32 | at least sentence-transformers | {e['texts_per_second']:.0f} texts/s, "
           f"peer {e['sentence_transformers']:.0f}: {e['ratio']:.2f} times; {100 * e['share_of_fp32_ceiling']:.0f} % of the fp32 ceiling |")
    yield f"| full-ranking evaluation of EASE on it: score, mask, top 20 | at least 2 times NumPy | {v['users_per_second']:,.0f} users/s, peer {v['numpy']:,.0f}: {v['ratio']:.1f} times |"
    if i := figures["ingest"]:
        peers = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in i["peers"].items())
        yield (f"| read, de-duplicate, 10-core, ids of {i['rows']:,} ratings | not slower than the fastest peer | {i['seconds'] * 1000:.0f} ms, {peers}: "
               f"{i['ratio']:.2f} times |")
    yield f"| recommend over HTTP at {h['rate']:.0f} requests/s, client on the same cores | p99 at most 10 ms | p50 {h['p50_ms']:.2f} ms, p99 {h['p99_ms']:.2f} ms, {h['errors']} errors |"
    yield f"| `genre demo` with an empty cache; a second call | 60 s for the second, and two minutes for what is trained in it | {d['seconds_first']:.0f} s; {d['seconds_second']:.0f} s |"
    yield f"| peak memory of the demo | at most 1 GiB | {d['peak_mib']:.0f} MiB |"

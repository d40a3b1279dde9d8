"""The language-model runtime: encoding, tokenizing, generating, beside ONNX Runtime, sentence-transformers, Hugging Face tokenizers and
llama.cpp."""
import gzip
import os
import random
import re
import subprocess
import time

from figures.measure import BUILD, ENVIRONMENT, GENRE, NODE, PEERS, ROOT, json_lines, last_json, run, shared_data

HEAD = "| figure | goal | measured |\n|---|---|---|"
TURNS = 1
THREADS = 2
FLOP_A_TOKEN, FLOP_A_PAIR = 21.2e6, 9.2e3  # MiniLM-L6: its products, and attention times the length
# The ceilings that the goals name; the set that ran has its own beside them.
GOAL_SETS = {"bf16": "avx512bf16", "int8": "avx512vnni"}
DECODER = "SmolLM2-135M-Instruct"
CONCURRENT = 16


def titles():
    path = shared_data("amazon-beauty/item_list.txt")
    if path is None:
        return None
    lines = path.read_text(encoding="utf-8").split("\n")[1:]
    return [line.split(" ", 2)[2].strip('"') for line in lines if line.count(" ") >= 2]


def plots():
    path = shared_data("ml-1m/movies_extrainfos.dat.gz")
    if path is None:
        return None
    rows = (line.split("::") for line in gzip.decompress(path.read_bytes()).decode("utf-8", "replace").split("\n"))
    return [row[9] for row in rows if len(row) > 9 and row[9]]


def sample(texts, count, path):
    path.write_text("".join(text.replace("\r", " ") + "\n" for text in random.Random(7).sample(texts, min(count, len(texts)))), encoding="utf-8")
    return path


def cosines(path, reference):
    """Mean and worst cosine between the rows of two .npy files of unit vectors."""
    code = "import sys, json, numpy as n; c = (n.load(sys.argv[1]) * n.load(sys.argv[2])).sum(1); print(json.dumps({'mean': float(c.mean()), 'worst': float(c.min())}))"
    return last_json(run(PEERS, "-c", code, path, reference).stdout)


def ceilings_of(precision, kernels, ceilings):
    """The ceiling of the kernels that ran, and of the set that the goal names: billions of operations a second by set."""
    if precision == "fp32":
        return {kernels: ceilings["fp32_gflops"]}
    known = ceilings["bf16_gflops" if precision == "bf16" else "int8_gops"]
    return {name: known[name] for name in (kernels, GOAL_SETS[precision]) if name in known}


def encoding(texts, folder, model, ceilings):
    """Texts a second by precision, ours and the peers', turn by turn."""
    out = {"genre": {}, "peers": {}}
    for _ in range(TURNS):
        for precision in ("fp32", "bf16", "int8"):
            one = last_json(run(GENRE, "lm", "embed", "--input", texts, "--precision", precision, "--output", folder / f"{precision}.npy", "--json").stdout)
            best = out["genre"].setdefault(precision, one)
            best["texts_per_second"] = max(best["texts_per_second"], one["texts_per_second"])
        for name, command in (("ONNX Runtime fp32", ["encode_onnxruntime.py", model, folder / "onnx", texts, "--threads", THREADS]),
                              ("ONNX Runtime int8", ["encode_onnxruntime.py", model, folder / "onnx", texts, "--threads", THREADS, "--precision", "int8", "--vectors", folder / "onnx-int8.npy"]),
                              ("sentence-transformers fp32", ["encode_sentence_transformers.py", model, texts])):
            rate = last_json(run(PEERS, ROOT / "bench/peers" / command[0], *command[1:]).stdout)["texts_per_second"]
            out["peers"][name] = max(out["peers"].get(name, 0), rate)
    for precision in ("bf16", "int8"):
        out["genre"][precision]["cosine"] = cosines(folder / f"{precision}.npy", folder / "fp32.npy")
    out["onnx_int8_cosine"] = cosines(folder / "onnx-int8.npy", folder / "fp32.npy")
    tokens = out["genre"]["fp32"]["tokens"] / out["genre"]["fp32"]["texts"]
    work = tokens * (FLOP_A_TOKEN + FLOP_A_PAIR * tokens)
    out["tokens_a_text"] = tokens
    out["ceiling_share"] = {precision: {name: out["genre"][precision]["texts_per_second"] * work / (rate * 1e9) for name, rate in ceilings_of(precision, out["genre"][precision]["kernels"], ceilings).items()}
                            for precision in ("fp32", "bf16", "int8")}
    return out


def tokenizing(texts, model):
    out = {}
    for threads in (1, THREADS):
        ours = last_json(run(BUILD / "bench" / "lm_tokenize", model, texts, threads, 5).stdout)
        environment = {**ENVIRONMENT, "RAYON_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false"}
        peer = last_json(run(PEERS, ROOT / "bench/peers/tokenize_huggingface.py", model, texts, 3, env=environment).stdout)
        assert ours["tokens"] == peer["tokens"], (ours, peer)
        out[threads] = {"genre": ours["megabytes_per_second"], "tokenizers": peer["megabytes_per_second"]}
    return out


def first_vector(folder):
    """Milliseconds of the whole command for one text, model in the page cache: the median."""
    path, times = folder / "one.txt", []
    path.write_text("a thrilling space adventure\n")
    for _ in range(9):
        start = time.perf_counter()
        run(GENRE, "lm", "embed", "--input", path, "--output", folder / "one.npy", "--json")
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2]


def one_query(model):
    """A text of 8 tokens in one thread by precision: its median time beside the operations of its products at the ceiling of one thread."""
    ceilings, out = last_json(run(BUILD / "bench" / "ceilings", 1).stdout), {}
    for precision in ("fp32", "bf16", "int8"):
        runs = [last_json(run(BUILD / "bench" / "lm_encode", model, precision, 1).stdout) for _ in range(3)]
        one = min(runs, key=lambda r: r["p50_ms"])
        tokens = one["tokens"]
        known = ceilings_of(precision, one["kernels"], ceilings)
        one["bound_ms"] = {name: tokens * (FLOP_A_TOKEN + FLOP_A_PAIR * tokens) / (rate * 1e6) for name, rate in known.items()}
        out[precision] = one
    return out


def generating(folder):
    gguf = next(path for path in sorted(os.scandir(last_json(run(GENRE, "lm", "info", "--model", DECODER, "--json").stdout)["folder"]), key=lambda e: e.name) if path.name.endswith(".gguf")).path
    story = "A young engineer builds a machine that suggests stories to strangers, and slowly learns what they love. "
    prompts = folder / "prompts.txt"
    prompts.write_text("".join(f"{story}Chapter {n}. " + "\n" for n in range(CONCURRENT)))
    best = {"decode": 0, "prefill": 0, "concurrent": 0, "peer_decode": 0, "peer_prefill": 0}
    peer = None
    for _ in range(TURNS):
        one = last_json(run(GENRE, "lm", "generate", "--model", DECODER, "--prompt", story, "--max-tokens", 128, "--json").stdout)
        best["decode"] = max(best["decode"], one["decode_tokens_per_second"])
        one = last_json(run(GENRE, "lm", "generate", "--model", DECODER, "--prompt", story * 24, "--max-tokens", 1, "--json").stdout)
        best["prefill"], best["prefill_tokens"] = max(best["prefill"], one["prefill_tokens_per_second"]), one["prompt_tokens"]
        done = run(GENRE, "lm", "generate", "--model", DECODER, "--input", prompts, "--max-tokens", 64, "--concurrent", CONCURRENT, "--json")
        tokens = sum(one["generated_tokens"] for one in json_lines(done.stdout))
        seconds = float(re.search(r"tokens in ([\d.]+) s", done.stderr).group(1))
        best["concurrent"] = max(best["concurrent"], tokens / seconds)
        peer = last_json(run("node", ROOT / "bench/peers/generate_llama_cpp.mjs", NODE, gguf, THREADS).stdout)
        best["peer_decode"] = max(best["peer_decode"], peer["decode_tokens_per_second"])
        best["peer_prefill"] = max(best["peer_prefill"], peer["prefill_tokens_per_second"])
    best["peer"] = peer["version"]
    best["bound"] = json_lines(run(BUILD / "bench" / "decode_bound").stdout)
    return best


def measure(folder, ceilings):
    beauty, plot = titles(), plots()
    if beauty is None or plot is None:
        return None
    model = last_json(run(GENRE, "lm", "info", "--json").stdout)["folder"]
    files = {"titles": sample(beauty, 1000, folder / "titles.txt"), "plots": sample(plot, 150, folder / "plots.txt")}
    whole = {"titles": sample(beauty, len(beauty), folder / "all-titles.txt"), "plots": sample(plot, len(plot), folder / "all-plots.txt")}
    return {"encoding": {name: encoding(path, folder, model, ceilings) for name, path in files.items()}, "tokenizing": {name: tokenizing(path, model) for name, path in whole.items()},
            "one_query": one_query(model), "first_vector_ms": first_vector(folder), "generating": generating(folder)}


def of_ceilings(shares):
    return ", ".join(f"{100 * share:.0f} % of the {name} ceiling" for name, share in shares.items())


def rows(figures):
    if figures is None:
        return
    labels = {"titles": "Amazon Beauty titles", "plots": "MovieLens-1M plots"}
    for name, e in figures["encoding"].items():
        ours, peers = e["genre"], e["peers"]
        where = f"{ours['fp32']['texts']:,} {labels[name]}, {e['tokens_a_text']:.1f} tokens"
        yield (f"| {where}, MiniLM-L6, fp32 | 1.3 times ONNX Runtime; 80 % of the ceiling | {ours['fp32']['texts_per_second']:.0f} texts/s; ONNX Runtime {peers['ONNX Runtime fp32']:.0f}: "
               f"{ours['fp32']['texts_per_second'] / peers['ONNX Runtime fp32']:.2f} times; sentence-transformers {peers['sentence-transformers fp32']:.0f}; {of_ceilings(e['ceiling_share']['fp32'])} |")
        yield f"| the same, bf16 | 75 % of the AVX-512 BF16 ceiling | {ours['bf16']['texts_per_second']:.0f} texts/s; {of_ceilings(e['ceiling_share']['bf16'])}; cosine to fp32 mean {ours['bf16']['cosine']['mean']:.5f}, worst {ours['bf16']['cosine']['worst']:.5f} |"
        yield (f"| the same, int8 | 1.7 times ONNX Runtime int8; 58 % of the VNNI ceiling; cosine mean .998, worst .99 | {ours['int8']['texts_per_second']:.0f} texts/s; ONNX Runtime {peers['ONNX Runtime int8']:.0f}: "
               f"{ours['int8']['texts_per_second'] / peers['ONNX Runtime int8']:.2f} times; mean {ours['int8']['cosine']['mean']:.4f}, worst {ours['int8']['cosine']['worst']:.4f} "
               f"(theirs {e['onnx_int8_cosine']['mean']:.4f}, {e['onnx_int8_cosine']['worst']:.4f}); {of_ceilings(e['ceiling_share']['int8'])} |")
    for name, by_threads in figures["tokenizing"].items():
        cells = "; ".join(f"{threads} thread{'s' if int(threads) > 1 else ''} {one['genre']:.1f} MB/s, tokenizers {one['tokenizers']:.2f}: {one['genre'] / one['tokenizers']:.1f} times" for threads, one in by_threads.items())
        yield f"| WordPiece, {labels[name]} | 10 times Hugging Face tokenizers | {cells} |"
    for precision, one in figures["one_query"].items():
        cells = ", ".join(f"{bound:.2f} ms by the {name} ceiling: {one['p50_ms'] / bound:.1f} times" for name, bound in one["bound_ms"].items())
        yield f"| one query of {one['tokens']} tokens, one thread, {precision} | p50 at most 1.5 times the products' bound | p50 {one['p50_ms']:.2f} ms, p99 {one['p99_ms']:.2f}; bound {cells} |"
    yield f"| `genre lm embed` of one text, start to file | 150 ms | {figures['first_vector_ms']:.0f} ms |"
    g = figures["generating"]
    bound = max(one["decode_tokens_s"] for one in g["bound"])
    yield (f"| {DECODER} Q4_1, one stream, 128 tokens | 3 times llama.cpp; 60 % of the bare products | {g['decode']:.0f} tokens/s; llama.cpp {g['peer_decode']:.0f}: {g['decode'] / g['peer_decode']:.2f} times; "
           f"bare products {bound:.0f}: {100 * g['decode'] / bound:.0f} % |")
    yield f"| the same, prefill of {g['prefill_tokens']} tokens | 4 times llama.cpp | {g['prefill']:.0f} tokens/s; llama.cpp {g['peer_prefill']:.0f}: {g['prefill'] / g['peer_prefill']:.2f} times |"
    yield f"| {CONCURRENT} generations at once | 3 times one | {g['concurrent']:.0f} tokens/s, prefill counted: {g['concurrent'] / g['decode']:.1f} times |"

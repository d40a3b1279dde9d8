"""Training of neural recommenders, beside plain PyTorch on the same data and threads."""
from figures.measure import BUILD, GENRE, PEERS, ROOT, json_lines, last_json, run, shared_data

HEAD = "| figure | goal | measured |\n|---|---|---|"
EPOCHS = 3


def seconds_per_epoch(config, folder):
    return last_json(run(GENRE, "train", config, "--run", folder, "--json").stdout)["seconds"] / EPOCHS


def next_item(folder, threads, sequences, length):
    """Seconds an epoch of sasrec on lists of items, oldest first, and what its peer prints of the same."""
    path = shared_data(sequences)
    if path is None:
        return None
    config = folder / f"next-{length}.toml"
    config.write_text(f'[data]\n[[data.interactions]]\npath = "{path}"\nformat = "lists"\ndelimiter = " "\n[data.split]\nkind = "leave_one_out"\n[lm]\nmodel = "none"\n'
                      f'[model]\nname = "sasrec"\nlength = {length}\nepochs = {EPOCHS}\n')
    ours = seconds_per_epoch(config, folder / f"next-{length}")
    peers = json_lines(run(PEERS, ROOT / "bench/peers/sasrec_torch.py", path, "--length", length, "--threads", threads).stdout)
    return {"genre": ours, "peer": {one["way"]: one["seconds_per_epoch"] for one in peers}, "by": peers[0]["by"], "items": peers[0]["items"]}


def sasrec_beauty(folder, threads):
    return next_item(folder, threads, "amazon-beauty/sequences.txt", 50)


def sasrec_movielens(folder, threads):
    return next_item(folder, threads, "ml-1m/chrono_ge3.txt", 200)


def movielens():
    """The head of a configuration, or None: ratings of 3 and more as in configs/reproduce/ml-1m-recbole.toml."""
    ratings = shared_data("ml-1m/ratings_no_ts.csv.gz")
    return ratings and (f'[data]\n[[data.interactions]]\npath = "{ratings}"\ncolumns = {{ user = 0, item = 1, value = 2 }}\n[data.clean]\nminimum_value = 3\nmaximum_rejected = 1\n'
                        'k_core = { user = 10, item = 10 }\n[data.split]\nkind = "user_ratio"\nratio = [0.8, 0.1, 0.1]\n[lm]\nmodel = "none"\n')


def on_movielens(folder, threads, model, settings, peer):
    """Seconds an epoch of a model, and what its peer prints of the same training part."""
    head = movielens()
    if head is None:
        return None
    config = folder / f"{model}.toml"
    config.write_text(head + f'[model]\nname = "{model}"\nepochs = {EPOCHS}\n{settings}\n')
    ours = seconds_per_epoch(config, folder / model)
    parts = folder / "movielens-parts"
    if not parts.exists():
        run(GENRE, "data", "split", config, "--output", parts)
    peers = json_lines(run(PEERS, ROOT / "bench/peers" / peer, parts / "train.tsv", "--threads", threads).stdout)
    return {"genre": ours, "peer": {one.get("way", "plain"): one["seconds_per_epoch"] for one in peers}, "by": peers[0]["by"]}


def lightgcn(folder, threads):
    return on_movielens(folder, threads, "lightgcn", "layers = 2\nbatch = 2048\nlearning_rate = 0.001\nl2 = 1e-4", "lightgcn_torch.py")


def neumf(folder, threads):
    return on_movielens(folder, threads, "neumf", "hidden = [128, 64]\ndropout = 0.1\nbatch = 2048\nnegatives = 1\nweight_decay = 0", "neumf_torch.py")


def multi_vae(folder, threads):
    return on_movielens(folder, threads, "multi_vae", "factors = 128\nhidden = 600\nbatch = 512", "multi_vae_torch.py")


def answers(folder, threads):
    """Milliseconds of an answer from a made-up catalogue, one thread."""
    return {model: last_json(run(BUILD / "bench" / "answer", model, 100_000, 50, "epochs=1").stdout) for model in ("sasrec", "two_tower", "lightgcn")}


def measure(folder, ceilings):
    return {one.__name__: one(folder, ceilings["threads"]) for one in (sasrec_beauty, sasrec_movielens, lightgcn, neumf, multi_vae, answers)}


def rows(figures):
    out = []
    for name, data, goal in (("sasrec_beauty", "Amazon Beauty, length 50", 4),
                             ("sasrec_movielens", "MovieLens-1M, length 200", 3)):
        if one := figures[name]:
            ours, theirs = one["genre"], one["peer"]
            out.append(f"| SASRec on {data}, d 64, 2 layers, batch 128, cross-entropy over {one['items']:,} items | {goal} times | {ours:.1f} s an epoch; {one['by']} at real positions "
                       f"{theirs['real']:.1f}: {theirs['real'] / ours:.2f} times; padded, as commonly written {theirs['padded']:.1f}: {theirs['padded'] / ours:.1f} times |")
    if one := figures["lightgcn"]:
        ours, theirs = one["genre"], one["peer"]
        out.append(f"| LightGCN on MovieLens-1M, d 64, 2 layers, 2,048 interactions a step | 6 times | {ours:.2f} s an epoch; {one['by']} over coordinates, as commonly written {theirs['coo']:.1f}: "
                   f"{theirs['coo'] / ours:.1f} times; over compressed rows {theirs['csr']:.1f}: {theirs['csr'] / ours:.1f} times |")
    if one := figures["neumf"]:
        out.append(f"| NeuMF on MovieLens-1M, d 64, tower of 128 and 64, 2,048 interactions a step, each with one negative | 4 times | {one['genre']:.2f} s an epoch; {one['by']} {one['peer']['plain']:.1f}: "
                   f"{one['peer']['plain'] / one['genre']:.1f} times |")
    if one := figures["multi_vae"]:
        out.append(f"| MultiVAE on MovieLens-1M, hidden 600, code of 128, 512 users a step, softmax over 3,124 items | 2 times | {one['genre']:.2f} s an epoch; {one['by']} {one['peer']['plain']:.2f}: "
                   f"{one['peer']['plain'] / one['genre']:.2f} times |")
    for model, one in figures["answers"].items():
        out.append(f"| an answer of `{model}`, 100,000 items, ten best, one core, p50 (p99) | 1.5 ms | a history of 50 events {one['history_p50_ms']:.2f} ms ({one['history_p99_ms']:.2f}), "
                   f"a known user {one['user_p50_ms']:.2f} ms ({one['user_p99_ms']:.2f}) |")
    return out

"""Training of neural recommenders, beside plain PyTorch on the same data and threads."""
from figures.measure import GENRE, PEERS, ROOT, json_lines, last_json, run, shared_data

HEAD = "| figure | goal | measured |\n|---|---|---|"
EPOCHS = 3


def seconds_per_epoch(config, folder):
    return last_json(run(GENRE, "train", config, "--run", folder, "--json").stdout)["seconds"] / EPOCHS


def sasrec(folder, threads):
    sequences = shared_data("amazon-beauty/sequences.txt")
    if sequences is None:
        return None
    config = folder / "next.toml"
    config.write_text(f'[data]\n[[data.interactions]]\npath = "{sequences}"\nformat = "lists"\ndelimiter = " "\n[data.split]\nkind = "leave_one_out"\n[lm]\nmodel = "none"\n'
                      f'[model]\nname = "sasrec"\nepochs = {EPOCHS}\n')
    ours = seconds_per_epoch(config, folder / "next")
    peers = json_lines(run(PEERS, ROOT / "bench/peers/sasrec_torch.py", sequences, "--threads", threads).stdout)
    return {"genre": ours, "peer": {one["way"]: one["seconds_per_epoch"] for one in peers}, "by": peers[0]["by"]}


def lightgcn(folder, threads):
    ratings = shared_data("ml-1m/ratings_no_ts.csv.gz")
    if ratings is None:
        return None
    config = folder / "graph.toml"
    config.write_text(f'[data]\n[[data.interactions]]\npath = "{ratings}"\ncolumns = {{ user = 0, item = 1, value = 2 }}\n[data.clean]\nminimum_value = 3\nmaximum_rejected = 1\n'
                      'k_core = { user = 10, item = 10 }\n[data.split]\nkind = "user_ratio"\nratio = [0.8, 0.1, 0.1]\n[lm]\nmodel = "none"\n'
                      f'[model]\nname = "lightgcn"\nlayers = 2\nbatch = 2048\nlearning_rate = 0.001\nl2 = 1e-4\nepochs = {EPOCHS}\n')
    ours = seconds_per_epoch(config, folder / "graph")
    run(GENRE, "data", "split", config, "--output", folder / "graph-parts")
    peers = json_lines(run(PEERS, ROOT / "bench/peers/lightgcn_torch.py", folder / "graph-parts" / "train.tsv", "--threads", threads).stdout)
    return {"genre": ours, "peer": {one["way"]: one["seconds_per_epoch"] for one in peers}, "by": peers[0]["by"]}


def measure(folder, ceilings):
    figures = {one.__name__: one(folder, ceilings["threads"]) for one in (sasrec, lightgcn)}
    return figures if any(figures.values()) else None


def rows(figures):
    out = []
    if one := figures["sasrec"]:
        ours, theirs = one["genre"], one["peer"]
        out.append(f"| SASRec on Amazon Beauty, d 64, 2 layers, length 50, batch 128, cross-entropy over 12,101 items | 4 times | {ours:.1f} s an epoch; {one['by']} at real positions "
                   f"{theirs['real']:.1f}: {theirs['real'] / ours:.2f} times; padded, as commonly written {theirs['padded']:.1f}: {theirs['padded'] / ours:.1f} times |")
    if one := figures["lightgcn"]:
        ours, theirs = one["genre"], one["peer"]
        out.append(f"| LightGCN on MovieLens-1M, d 64, 2 layers, 2,048 interactions a step | 6 times | {ours:.2f} s an epoch; {one['by']} over coordinates, as commonly written {theirs['coo']:.1f}: "
                   f"{theirs['coo'] / ours:.1f} times; over compressed rows {theirs['csr']:.1f}: {theirs['csr'] / ours:.1f} times |")
    return out

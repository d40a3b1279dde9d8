"""Training of sequence models, beside plain PyTorch on the same data and threads."""
from figures.measure import GENRE, PEERS, ROOT, json_lines, last_json, run, shared_data

HEAD = "| figure | goal | measured |\n|---|---|---|"
EPOCHS = 3


def measure(folder, ceilings):
    sequences = shared_data("amazon-beauty/sequences.txt")
    if sequences is None:
        return None
    config = folder / "next.toml"
    config.write_text(f'[data]\n[[data.interactions]]\npath = "{sequences}"\nformat = "lists"\ndelimiter = " "\n[data.split]\nkind = "leave_one_out"\n[lm]\nmodel = "none"\n'
                      f'[model]\nname = "sasrec"\nepochs = {EPOCHS}\n')
    one = last_json(run(GENRE, "train", config, "--run", folder / "next", "--json").stdout)
    peers = json_lines(run(PEERS, ROOT / "bench/peers/sasrec_torch.py", sequences, "--threads", ceilings["threads"]).stdout)
    return {"genre": one["seconds"] / EPOCHS, "peer": {one["way"]: one["seconds_per_epoch"] for one in peers}, "by": peers[0]["by"]}


def rows(figures):
    ours, theirs = figures["genre"], figures["peer"]
    return [f"| SASRec on Amazon Beauty, d 64, 2 layers, length 50, batch 128, cross-entropy over 12,101 items | 4 times | {ours:.1f} s an epoch; {figures['by']} at real positions "
            f"{theirs['real']:.1f}: {theirs['real'] / ours:.2f} times; padded, as commonly written {theirs['padded']:.1f}: {theirs['padded'] / ours:.1f} times |"]

"""SASRec with cross-entropy over the whole catalogue in plain PyTorch: seconds an epoch. Prints one JSON line a way:

    padded   every sequence padded to the full length, logits of all its positions (as commonly written)
    real     logits and loss of real positions alone

    python sasrec_torch.py SEQUENCES [--length 50] [--steps 40] [--threads 2]

SEQUENCES: lines of a user and its items, oldest first; the last two events of each are left out, as the test and validation parts are."""
import argparse
import json
import time

import torch
from torch import nn


class SasRec(nn.Module):
    def __init__(self, items, width, layers, heads, inner, length, dropout):
        super().__init__()
        self.items = nn.Embedding(items + 1, width, padding_idx=0)
        self.positions = nn.Embedding(length, width)
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, inner, dropout, activation="relu", batch_first=True) for _ in range(layers))
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, std=0.02)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length))

    def forward(self, sequences):
        count = sequences.shape[1]
        x = self.drop(self.norm(self.items(sequences) + self.positions(torch.arange(count))))
        for layer in self.layers:
            x = layer(x, src_mask=self.mask[:count, :count], is_causal=True)
        return x


def pieces(path, length):
    out, number = [], {}
    for line in open(path):
        items = [number.setdefault(item, len(number) + 1) for item in line.split()[1:-2]]
        end = len(items)
        while end > 1:
            out.append(items[max(0, end - length - 1):end])
            end -= length
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sequences")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--heads", type=int, default=2)
    parser.add_argument("--inner", type=int, default=256)
    parser.add_argument("--length", type=int, default=50)
    parser.add_argument("--dropout", type=float, default=0.4)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=40, help="timed; the epoch is drawn out from them")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(7)
    data = pieces(arguments.sequences, arguments.length)
    items = max(map(max, data))
    of_epoch = -(-len(data) // arguments.batch)
    for way in ("real", "padded"):
        model = SasRec(items, arguments.width, arguments.layers, arguments.heads, arguments.inner, arguments.length, arguments.dropout)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        order = torch.randperm(len(data)).tolist()
        seconds, steps = 0.0, min(arguments.steps, of_epoch)
        for step in range(-2, steps):  # the first two warm up
            some = [data[i] for i in order[(step % of_epoch) * arguments.batch:][:arguments.batch]]
            start = time.perf_counter()
            longest = arguments.length if way == "padded" else max(map(len, some)) - 1
            read, wanted = torch.zeros(len(some), longest, dtype=torch.long), torch.zeros(len(some), longest, dtype=torch.long)
            for row, piece in enumerate(some):
                read[row, :len(piece) - 1], wanted[row, :len(piece) - 1] = torch.tensor(piece[:-1]), torch.tensor(piece[1:])
            states = model(read)
            if way == "real":
                states, wanted = states[wanted > 0], wanted[wanted > 0]
            logits = states @ model.items.weight[1:].T
            loss = nn.functional.cross_entropy(logits.flatten(0, -2), wanted.flatten() - 1, ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step >= 0:
                seconds += time.perf_counter() - start
        print(json.dumps({"way": way, "by": f"torch {torch.__version__}", "seconds_per_epoch": seconds / steps * of_epoch, "steps": steps, "of_epoch": of_epoch, "items": items,
                          "loss": float(loss)}), flush=True)


if __name__ == "__main__":
    main()

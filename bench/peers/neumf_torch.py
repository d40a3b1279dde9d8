"""Neural collaborative filtering (NeuMF) in plain PyTorch: seconds an epoch. Prints one JSON line.

    python neumf_torch.py TRAIN [--batch 2048] [--negatives 1] [--steps 40] [--threads 2]

TRAIN: a table with a header, user and item first in each line, separated by tabs, as `genre data split` writes it. Negatives are drawn
for the whole batch at once, and those that the user has touched are drawn again."""
import argparse
import json
import time

import numpy as np
import torch
from torch import nn


class NeuMf(nn.Module):
    def __init__(self, users, items, width, hidden, dropout):
        super().__init__()
        self.user_gmf, self.user_mlp = nn.Embedding(users, width), nn.Embedding(users, width)
        self.item_gmf, self.item_mlp = nn.Embedding(items, width), nn.Embedding(items, width)
        for table in (self.user_gmf, self.user_mlp, self.item_gmf, self.item_mlp):
            nn.init.normal_(table.weight, std=0.01)
        layers, inputs = [], 2 * width
        for outputs in hidden:
            layers += [nn.Dropout(dropout), nn.Linear(inputs, outputs), nn.ReLU()]
            inputs = outputs
        self.tower, self.output = nn.Sequential(*layers), nn.Linear(width + inputs, 1)

    def forward(self, users, items):
        product = self.user_gmf(users) * self.item_gmf(items)
        state = self.tower(torch.cat((self.user_mlp(users), self.item_mlp(items)), -1))
        return self.output(torch.cat((product, state), -1)).squeeze(-1)


def numbers(names):
    number = {}
    return np.array([number.setdefault(name, len(number)) for name in names])


def draw(random, users, items, touched, each):
    """For each user `each` items that the user has not touched; `touched`: user x items + item of all pairs, ascending."""
    users = np.repeat(users, each)
    out = random.integers(items, size=len(users))
    left = np.arange(len(users))
    while len(left):
        keys = users[left] * items + out[left]
        at = np.searchsorted(touched, keys)
        left = left[touched[np.minimum(at, len(touched) - 1)] == keys]
        out[left] = random.integers(items, size=len(left))
    return users, out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--hidden", type=int, nargs="+", default=[128, 64])
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=2048, help="interactions, each with its negatives")
    parser.add_argument("--negatives", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40, help="timed; the epoch is drawn out from them")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(7)
    random = np.random.default_rng(7)
    pairs = [line.split("\t")[:2] for line in open(arguments.train).read().splitlines()[1:]]
    users, items = (numbers(column) for column in zip(*pairs))
    user_count, item_count = users.max() + 1, items.max() + 1
    touched = np.sort(users * item_count + items)
    model = NeuMf(user_count, item_count, arguments.width, arguments.hidden, arguments.dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    of_epoch = -(-len(users) // arguments.batch)
    order, seconds, steps = random.permutation(len(users)), 0.0, min(arguments.steps, of_epoch)
    for step in range(-2, steps):  # the first two warm up
        start = time.perf_counter()
        some = order[(step % of_epoch) * arguments.batch:][:arguments.batch]
        others, drawn = draw(random, users[some], item_count, touched, arguments.negatives)
        logits = model(torch.from_numpy(np.concatenate((users[some], others))), torch.from_numpy(np.concatenate((items[some], drawn))))
        labels = torch.zeros(len(logits))
        labels[:len(some)] = 1
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step >= 0:
            seconds += time.perf_counter() - start
    print(json.dumps({"by": f"torch {torch.__version__}", "seconds_per_epoch": seconds / steps * of_epoch, "steps": steps, "of_epoch": of_epoch, "loss": float(loss)}),
          flush=True)


if __name__ == "__main__":
    main()

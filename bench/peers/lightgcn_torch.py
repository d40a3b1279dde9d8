"""LightGCN in plain PyTorch: seconds an epoch. Each step propagates all vectors by sparse products, as commonly written. Prints one JSON line a way:

    coo      the adjacency of all users and items as coordinates, as the authors' code has it
    csr      the same as compressed rows

    python lightgcn_torch.py TRAIN [--layers 2] [--batch 2048] [--steps 5] [--threads 2]

TRAIN: train.tsv of `genre data split`, every row a positive."""
import argparse
import json
import time

import torch
from torch import nn


def read(path):
    users, items, pairs = {}, {}, []
    with open(path, encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            user, item = line.split("\t")[:2]
            pairs.append((users.setdefault(user, len(users)), items.setdefault(item, len(items))))
    return torch.tensor(pairs), len(users), len(items)


def adjacency(pairs, users, items):
    """D^-1/2 B D^-1/2 over users, then items."""
    one_way = torch.stack([pairs[:, 0], pairs[:, 1] + users])
    edges = torch.cat([one_way, one_way.flip(0)], 1)
    scale = torch.bincount(edges[0], minlength=users + items).float().rsqrt()
    return torch.sparse_coo_tensor(edges, scale[edges[0]] * scale[edges[1]], (users + items, users + items)).coalesce()


class LightGcn(nn.Module):
    def __init__(self, graph, users, items, width, layers):
        super().__init__()
        self.graph, self.layers, self.users = graph, layers, users
        self.embedding = nn.Parameter(torch.randn(users + items, width) * 0.1)

    def forward(self):
        x = total = self.embedding
        for _ in range(self.layers):
            x = self.graph @ x
            total = total + x
        return total / (self.layers + 1)


def not_chosen(chosen, some, items):
    """For each pair an item that its user has not, drawn until it fits."""
    other = torch.randint(items, (len(some),))
    while (taken := chosen[some[:, 0], other]).any():
        other[taken] = torch.randint(items, (int(taken.sum()),))
    return other


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--l2", type=float, default=1e-4)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--steps", type=int, default=5, help="timed; the epoch is drawn out from them")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=0, help="whole ones in place of steps, with their mean losses")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pairs, users, items = read(arguments.train)
    chosen = torch.zeros(users, items, dtype=torch.bool)
    chosen[pairs[:, 0], pairs[:, 1]] = True
    graph = adjacency(pairs, users, items)
    of_epoch = -(-len(pairs) // arguments.batch)
    for way in ("coo", "csr"):
        torch.manual_seed(7)
        model = LightGcn(graph if way == "coo" else graph.to_sparse_csr(), users, items, arguments.width, arguments.layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=arguments.learning_rate)
        seconds, processor, losses, steps = 0.0, 0.0, [], min(arguments.steps, of_epoch) if arguments.epochs == 0 else arguments.epochs * of_epoch
        for step in range(-1 if arguments.epochs == 0 else 0, steps):  # the first warms up
            start, busy = time.perf_counter(), time.process_time()
            if step % of_epoch == 0 or step < 0:
                order = torch.randperm(len(pairs))
            some = pairs[order[(step % of_epoch) * arguments.batch:][:arguments.batch]]
            user, item, other = some[:, 0], some[:, 1] + users, not_chosen(chosen, some, items) + users
            vectors, own = model(), model.embedding
            margin = (vectors[user] * (vectors[item] - vectors[other])).sum(1)
            loss = nn.functional.softplus(-margin).mean()
            penalty = arguments.l2 / 2 * (own[user].square().sum() + own[item].square().sum() + own[other].square().sum()) / len(some)
            optimizer.zero_grad()
            (loss + penalty).backward()
            optimizer.step()
            if step >= 0:
                seconds, processor = seconds + time.perf_counter() - start, processor + time.process_time() - busy
                losses.append(float(loss))
        means = [sum(losses[e * of_epoch:][:of_epoch]) / of_epoch for e in range(arguments.epochs)]
        print(json.dumps({"way": way, "by": f"torch {torch.__version__}", "seconds_per_epoch": seconds / steps * of_epoch, "processor_seconds_per_epoch": processor / steps * of_epoch,
                          "steps": steps, "of_epoch": of_epoch, "loss": losses[-1], "losses": means}), flush=True)


if __name__ == "__main__":
    main()

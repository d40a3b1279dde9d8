"""MultiVAE in plain PyTorch, as commonly written: dense rows in, logits of a whole batch out. Prints one JSON line: seconds an epoch.

    python multi_vae_torch.py TRAIN.tsv [--batch 512] [--epochs 3] [--threads 2]

TRAIN.tsv: a user and an item a line below a head, as `genre data split` writes them; every line is a positive."""
import argparse
import json
import time

import torch
from torch import nn
from torch.nn import functional as F


class MultiVae(nn.Module):
    def __init__(self, items, hidden, factors, dropout):
        super().__init__()
        self.dropout, self.factors = dropout, factors
        self.encoder = nn.Sequential(nn.Linear(items, hidden), nn.Tanh(), nn.Linear(hidden, 2 * factors))
        self.decoder = nn.Sequential(nn.Linear(factors, hidden), nn.Tanh(), nn.Linear(hidden, items))
        for layer in [*self.encoder, *self.decoder]:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, rows):
        mean, log_variance = self.encoder(F.dropout(F.normalize(rows), self.dropout)).split(self.factors, dim=1)
        code = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        return self.decoder(code), mean, log_variance


def histories(path):
    with open(path, encoding="utf-8") as lines:
        next(lines)
        pairs = [line.split("\t")[:2] for line in lines]
    users, items = ({name: number for number, name in enumerate(sorted(names))} for names in (set(column) for column in zip(*pairs)))
    out = [[] for _ in users]
    for user, item in pairs:
        out[users[user]].append(items[item])
    return [torch.tensor(history) for history in out], len(items)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("--hidden", type=int, default=600)
    parser.add_argument("--factors", type=int, default=128)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--beta", type=float, default=0.2)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(7)
    users, items = histories(arguments.train)
    model = MultiVae(items, arguments.hidden, arguments.factors, arguments.dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    seconds = []
    for epoch in range(arguments.epochs + 1):  # the first warms up
        order, start = torch.randperm(len(users)).tolist(), time.perf_counter()
        for first in range(0, len(users), arguments.batch):
            some = [users[i] for i in order[first:first + arguments.batch]]
            rows = torch.zeros(len(some), items)
            rows[torch.repeat_interleave(torch.arange(len(some)), torch.tensor([len(one) for one in some])), torch.cat(some)] = 1
            logits, mean, log_variance = model(rows)
            divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1)
            loss = (-(F.log_softmax(logits, dim=1) * rows).sum(1) + arguments.beta * epoch / arguments.epochs * divergence).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch > 0:
            seconds.append(time.perf_counter() - start)
    print(json.dumps({"by": f"torch {torch.__version__}", "seconds_per_epoch": min(seconds), "all": seconds, "users": len(users), "items": items, "loss": float(loss)}))


if __name__ == "__main__":
    main()

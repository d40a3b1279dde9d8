"""Golden sequences of optimizers: the weights of a matrix (4 x 3) and a vector (5) after each of 12 steps of torch.optim.

    python make_optimizer_golden.py       # torch; writes optimizers.json beside itself

LAMB and Lion, which torch does not have, are compared with the papers' algorithms written plainly in the test."""
import json
import pathlib

import torch

STEPS = 12
CASES = {
    "sgd": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.0, "weight_decay": 0.0}),
    "sgd momentum": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    "sgd nesterov": (torch.optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "adam": (torch.optim.Adam, {"lr": 0.02, "weight_decay": 0.1}),
    "adamw": (torch.optim.AdamW, {"lr": 0.02, "weight_decay": 0.1}),
    "adafactor": (torch.optim.Adafactor, {"lr": 0.02, "weight_decay": 0.1}),
}


def main():
    generator = torch.Generator().manual_seed(7)
    start = [torch.randn(4, 3, generator=generator), torch.randn(5, generator=generator)]
    gradients = [[torch.randn(t.shape, generator=generator) * (0.1 + step % 3) for t in start] for step in range(STEPS)]
    out = {"torch": torch.__version__, "start": [t.flatten().tolist() for t in start], "gradients": [[g.flatten().tolist() for g in step] for step in gradients], "cases": {}}
    for name, (kind, settings) in CASES.items():
        tensors = [t.clone().requires_grad_() for t in start]
        optimizer = kind(tensors, **settings)
        steps = []
        for gradient in gradients:
            for tensor, g in zip(tensors, gradient):
                tensor.grad = g.clone()
            optimizer.step()
            steps.append([t.detach().flatten().tolist() for t in tensors])
        out["cases"][name] = {"settings": settings, "steps": steps}
    path = pathlib.Path(__file__).with_name("optimizers.json")
    path.write_text(json.dumps(out) + "\n")
    print(path, torch.__version__)


if __name__ == "__main__":
    main()

"""Writes off_policy.csv and off_policy.tsv: a synthetic log with q_hat and dm, and what Open Bandit Pipeline says about it.

Needs `pip install --no-deps --ignore-requires-python obp==0.5.7` and `pip install numpy pandas scikit-learn matplotlib seaborn tqdm pyyaml`;
PyTorch, which obp imports for its policy learners only, is left out. Run from any folder; the files land beside this script.
"""

import math
import platform
import sys
import types
from importlib.metadata import version
from pathlib import Path


class Absent(types.ModuleType):
    """A module whose every other name is an empty class."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


for path in ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data"):
    sys.modules[path] = Absent(path)
    parent, _, name = path.rpartition(".")
    if parent:
        setattr(sys.modules[parent], name, sys.modules[path])

import numpy
from obp import ope

FOLDER = Path(__file__).parent
ROUNDS, ACTIONS = 300, 6


def main():
    rng = numpy.random.default_rng(20)
    context = rng.normal(size=(ROUNDS, 3))
    logging, target, value = (context @ rng.normal(size=(3, ACTIONS)) + rng.normal(size=ACTIONS) for _ in range(3))
    softmax = lambda scores: numpy.exp(scores) / numpy.exp(scores).sum(axis=1, keepdims=True)
    logging, target = softmax(0.7 * logging), softmax(target)
    expected = 1 / (1 + numpy.exp(-value))
    action = numpy.array([rng.choice(ACTIONS, p=p) for p in logging])
    at = (numpy.arange(ROUNDS), action)
    reward = (rng.random(ROUNDS) < expected[at]).astype(float)
    q_hat = numpy.clip(expected + 0.2 * rng.normal(size=expected.shape), 0, 1)

    columns = (reward, logging[at], target[at], q_hat[at], (target * q_hat).sum(axis=1))
    with open(FOLDER / "off_policy.csv", "w") as out:
        out.write("action,reward,propensity,target,q_hat,dm\n")
        for n, row in enumerate(zip(*columns)):
            out.write(f"a{action[n]}," + ",".join(f"{v:.17g}" for v in row) + "\n")  # 17 digits give the same double

    shared = {"reward": reward, "action": action, "pscore": logging[at], "action_dist": target[:, :, None], "position": numpy.zeros(ROUNDS, dtype=int)}
    fitted = {**shared, "estimated_rewards_by_reg_model": q_hat[:, :, None]}
    lines = []
    for clip in (math.inf, 3.0):
        for name, estimator, inputs in (
            ("ips", ope.InverseProbabilityWeighting(lambda_=clip), shared),
            ("snips", ope.SelfNormalizedInverseProbabilityWeighting(), shared),
            ("dm", ope.DirectMethod(), fitted),
            ("dr", ope.DoublyRobust(lambda_=clip), fitted),
            ("sndr", ope.SelfNormalizedDoublyRobust(), fitted),
            ("switch_dr", ope.SwitchDoublyRobust(lambda_=clip), fitted),
        ):
            if clip == math.inf or name not in ("snips", "dm", "sndr"):
                lines.append(f"{name}\t{clip:g}\t{estimator.estimate_policy_value(**inputs):.15g}\n")
    with open(FOLDER / "off_policy.tsv", "w") as out:
        out.write(f"# make_off_policy_golden.py, obp {version('obp')}, numpy {numpy.__version__}, Python {platform.python_version()}; estimator, lambda, value\n")
        out.writelines(lines)


if __name__ == "__main__":
    main()

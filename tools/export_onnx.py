#!/usr/bin/env python3
"""Writes a model folder, as a training leaves it in RUN/model, as one ONNX file for other runtimes, and compares the two.

    tools/export_onnx.py MODEL OUT.onnx

Inputs: input_ids, attention_mask and, where the model has them, token_type_ids (N x T, int64). Output: logits (N x labels)
of a classifier, logits (N x T x words) of a decoder, states (N x T x D) of any other encoder. The file is opened in ONNX
Runtime with padded random ids; a difference beyond 1e-4 of the largest value is an error, and nothing is left. Prints one
JSON line. Needs the packages torch, transformers, onnx and onnxruntime.
"""
import argparse
import json
import pathlib
import sys
import warnings

TOLERANCE = 1e-4


def load(folder):
    """The model as a function of its inputs, their names, and the output's name."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(folder)
    kinds = " ".join(config.architectures or ())
    for part, family, name in (("ForSequenceClassification", transformers.AutoModelForSequenceClassification, "logits"),
                               ("LMHeadModel", transformers.AutoModelForCausalLM, "logits"),
                               ("ForCausalLM", transformers.AutoModelForCausalLM, "logits"),
                               ("", transformers.AutoModel, "states")):
        if part in kinds:
            break
    model = family.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    inputs = ["input_ids", "attention_mask"]
    if getattr(config, "type_vocab_size", 0) > 1:
        inputs.append("token_type_ids")

    class Function(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *values):
            extra = {"use_cache": False} if family is transformers.AutoModelForCausalLM else {}
            return self.model(**dict(zip(inputs, values)), **extra)[0]

    return Function().eval(), inputs, name, config  # the exporter would else leave dropout on


def random_inputs(names, texts, tokens, vocabulary):
    """Texts of unlike lengths behind padding, as a batch is."""
    import torch

    random = torch.Generator().manual_seed(7)
    ids = torch.randint(0, vocabulary, (texts, tokens), generator=random)
    lengths = torch.linspace(tokens / 2, tokens, texts).ceil().long()
    mask = (torch.arange(tokens) < lengths[:, None]).long()
    made = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    return tuple(made[name] for name in names), mask.bool()


def difference(path, function, names, vocabulary, tokens):
    """The largest difference at real positions, as a share of the largest value."""
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for texts in (1, 3):
        values, real = random_inputs(names, texts, tokens, vocabulary)
        with torch.no_grad():
            wanted = function(*values)
        found = torch.from_numpy(session.run(None, {name: value.numpy() for name, value in zip(names, values)})[0])
        if wanted.dim() == 3:
            wanted, found = wanted[real], found[real]
        worst = max(worst, float((wanted - found).abs().max() / wanted.abs().max()))
    return worst


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    options = arguments.parse_args()
    if not (options.model / "config.json").exists():
        arguments.error(f"{options.model} is no model folder: there is no config.json")
    if (options.model / "own_adapter").exists():
        arguments.error(f"{options.model} has an adapter that stands beside its weights (own_adapter), which an ONNX file would leave out: train with tune = lora, or full")
    warnings.filterwarnings("ignore")
    import torch

    function, inputs, output, config = load(options.model)
    example, _ = random_inputs(inputs, 2, 8, config.vocab_size)
    axes = {0: "texts", 1: "tokens"}
    dynamic = {name: axes for name in inputs} | {output: axes if output == "states" else {0: "texts"}}
    written = options.out.with_name(options.out.name + ".new")
    with torch.no_grad():
        torch.onnx.export(function, example, str(written), input_names=inputs, output_names=[output], dynamic_axes=dynamic, opset_version=17, dynamo=False)
    worst = difference(written, function, inputs, config.vocab_size, min(24, config.max_position_embeddings))
    if not worst <= TOLERANCE:
        written.unlink()
        sys.exit(f"error: ONNX Runtime differs from the model by {worst:.2g} of its largest value: not written")
    written.replace(options.out)
    print(json.dumps({"model": str(options.model), "onnx": str(options.out), "bytes": options.out.stat().st_size, "inputs": inputs, "output": output, "difference": worst}))


if __name__ == "__main__":
    main()

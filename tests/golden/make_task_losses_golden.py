#!/usr/bin/env python3
"""Writes task_losses.json beside this script: the loss of one batch and the gradient of every tensor, by transformers in fp32 without
dropout, of small models with the heads of multi-label classification, of regression on pairs of texts, and of masked language models.

Gradients as in training_step.json. Needs and weights as small_models.py.
Run: python3 tests/golden/make_task_losses_golden.py
"""
import json
import pathlib

import torch
import transformers
from transformers import AutoConfig, AutoModelForMaskedLM, AutoModelForSequenceClassification

from small_models import CASES, TEXTS, fill, make_tokenizer, weights

TEXTS = sorted(text for text in TEXTS if text)
OTHERS = ["war", "red cream", "a movie", "night love"]
MANY = [[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]]  # labels of TEXTS
NUMBERS = [0.5, -2.0, 3.0, 0.25]
HIDDEN = [(0, 1), (1, 2), (2, 1), (2, 5), (3, 3)]  # (text, place) of words that are predicted; the first two are masked
MASKED = 2


def own_parameters(model):
    """Every parameter once: a tied one by the name of the table of embeddings, else by its first."""
    names = {}
    for tensor, value in model.named_parameters(remove_duplicate=False):
        if id(value) not in names or "embeddings" in tensor:
            names[id(value)] = tensor, value
    return names.values()


def result(model, loss, shapes, config):
    loss.backward()
    gradients = {}
    for tensor, value in own_parameters(model):
        gradient = torch.zeros_like(value) if value.grad is None else value.grad
        probe = torch.from_numpy(weights("probe " + tensor, list(value.shape)))
        gradients[tensor] = [float(gradient.norm()), float((gradient * probe).sum())]
    return {"config": json.loads(config.to_json_string()), "tensors": shapes, "loss": loss.item(), "gradients": gradients}


def classifier(name, labels, problem):
    kind, settings, _ = CASES[name]
    config = AutoConfig.for_model(kind, **{**settings, "num_labels": labels, "problem_type": problem})
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    return model, fill(model), config


def multi_label(name):
    model, shapes, config = classifier(name, 3, "multi_label_classification")
    batch = make_tokenizer(40)(TEXTS, padding=True, return_tensors="pt")
    loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=torch.tensor(MANY, dtype=torch.float)).loss
    return result(model, loss, shapes, config)


def regress(name):
    model, shapes, config = classifier(name, 1, "regression")
    batch = make_tokenizer(40)(TEXTS, OTHERS, padding=True, return_tensors="pt")
    segments = {"token_type_ids": batch["token_type_ids"]} if getattr(config, "type_vocab_size", 0) > 1 else {}
    loss = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=torch.tensor(NUMBERS), **segments).loss
    return result(model, loss, shapes, config)


def masked_lm(name):
    kind, settings, _ = CASES[name]
    config = AutoConfig.for_model(kind, **{**settings, "tie_word_embeddings": True})
    model = AutoModelForMaskedLM.from_config(config, attn_implementation="eager")
    model.eval()
    shapes = {}
    with torch.no_grad():
        for tensor, value in own_parameters(model):
            shapes[tensor] = list(value.shape)
            value.copy_(torch.from_numpy(weights(tensor, shapes[tensor]).copy()))
    tokenizer = make_tokenizer(40)
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    ids, labels = batch["input_ids"].clone(), torch.full_like(batch["input_ids"], -100)
    for number, (text, place) in enumerate(HIDDEN):
        labels[text, place] = ids[text, place]
        if number < MASKED:
            ids[text, place] = tokenizer.mask_token_id
    loss = model(input_ids=ids, attention_mask=batch["attention_mask"], labels=labels).loss
    return result(model, loss, shapes, config)


def main():
    torch.set_num_threads(1)
    golden = {"made_by": "tests/golden/make_task_losses_golden.py", "torch": torch.__version__, "transformers": transformers.__version__,
              "texts": TEXTS, "others": OTHERS, "many": MANY, "numbers": NUMBERS, "hidden": HIDDEN, "masked": MASKED,
              "multi_label": {name: multi_label(name) for name in ("bert-tanh-gelu", "distilbert")},
              "regress": {name: regress(name) for name in ("bert", "roberta", "modernbert-biases")},
              "masked_lm": {name: masked_lm(name) for name in ("bert", "xlm-roberta", "distilbert", "modernbert")}}
    path = pathlib.Path(__file__).with_name("task_losses.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

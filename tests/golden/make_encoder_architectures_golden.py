#!/usr/bin/env python3
"""Writes encoder_architectures.json and encoder_architectures.safetensors beside this script: states, logits, vectors,
scores and probabilities of small models of every encoder architecture, by transformers and sentence-transformers in fp32;
those of `new`, which transformers does not have, by new_model.py beside this script.

The models are not trained; small_models.py says what they are. Needs: pip install torch transformers sentence-transformers safetensors.
Run: python3 tests/golden/make_encoder_architectures_golden.py
"""
import json
import os
import pathlib
import random
import tempfile

import numpy as np
import sentence_transformers
import torch
import transformers
from safetensors.numpy import save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

from new_model import NewClassifier
from small_models import CASES, SHAPE, TEXTS, VOCABULARY, fill, make_tokenizer

HERE = pathlib.Path(__file__).parent
POOLINGS = ["cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


def sequences(r, longest, padding):
    """Ids and segments: one token, a pair of texts, a text with a padding token inside it, the longest text."""
    random_ids = lambda n: [2, *(r.randrange(5, len(VOCABULARY)) for _ in range(n - 2)), 3]
    first, second = random_ids(7), random_ids(9)[1:]
    odd = random_ids(11)
    odd[5] = padding
    return [([2], [0]), (first + second, [0] * len(first) + [1] * len(second)), (odd, [0] * 11),
            (random_ids(longest), [0] * longest)]


def run_new(name, outputs):
    _, config, longest = CASES[name]
    model = NewClassifier(config)
    shapes = fill(model)
    inputs = sequences(random.Random(name), longest, config["pad_token_id"])
    with torch.no_grad():
        found = [model(torch.tensor(ids), torch.tensor(segments if config["type_vocab_size"] > 1 else [0] * len(ids)))
                 for ids, segments in inputs]
    outputs[name + "/states"] = np.concatenate([states.numpy() for states, _ in found])
    outputs[name + "/logits"] = np.stack([logits.numpy() for _, logits in found])
    return {"config": config, "tensors": shapes, "ids": [ids for ids, _ in inputs], "segments": [s for _, s in inputs]}


def run_case(name, outputs):
    kind, settings, longest = CASES[name]
    if kind == "new":
        return run_new(name, outputs)
    config = AutoConfig.for_model(kind, **settings)
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    shapes = fill(model)
    types = getattr(config, "type_vocab_size", 0)
    inputs = sequences(random.Random(name), longest, config.pad_token_id)
    states, logits = [], []
    for ids, segments in inputs:
        arguments = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
        if types > 1:
            arguments["token_type_ids"] = torch.tensor([segments])
        with torch.no_grad():
            out = model(**arguments, output_hidden_states=True)
        states.append(out.hidden_states[-1][0].numpy())
        if kind == "modernbert":  # whose last hidden state has the final norm
            with torch.no_grad():
                states[-1] = model.model(**arguments).last_hidden_state[0].numpy()
        logits.append(out.logits[0].numpy())
    outputs[name + "/states"] = np.concatenate(states)
    outputs[name + "/logits"] = np.stack(logits)
    return {"config": json.loads(config.to_json_string()), "tensors": shapes, "ids": [ids for ids, _ in inputs],
            "segments": [segments for _, segments in inputs]}


def folder_files(folder):
    """The JSON files of a model folder, by path."""
    return {str(path.relative_to(folder)): json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))}


def run_sentences(outputs):
    """Prompts, poolings, a dense layer and unit length as sentence-transformers writes and computes them."""
    with tempfile.TemporaryDirectory() as temporary:
        base = pathlib.Path(temporary) / "base"
        model = AutoModel.from_config(AutoConfig.for_model("bert", **SHAPE))
        shapes = fill(model)
        model.save_pretrained(base)
        make_tokenizer(40).save_pretrained(base)
        cases = {}
        for mode in POOLINGS:
            for include in (True, False):
                dense = Dense(32, 20, bias=True, activation_function=torch.nn.Tanh())
                dense_shapes = fill(dense)
                sentences = SentenceTransformer(
                    modules=[Transformer(str(base)), Pooling(32, pooling_mode=mode, include_prompt=include), dense, Normalize()],
                    prompts={"query": "query: ", "document": "the passage: "}, device="cpu")
                name = f"sentences/{mode}/{'with' if include else 'without'}-prompt"
                saved = pathlib.Path(temporary) / name
                sentences.save(str(saved))
                files = folder_files(saved)
                cases[name] = {path: content for path, content in files.items() if "tokenizer" not in path}
                outputs[name + "/items"] = sentences.encode_document(TEXTS, batch_size=1)
                outputs[name + "/queries"] = sentences.encode_query(TEXTS, batch_size=1)
    return {"cases": cases, "tensors": shapes, "dense": dense_shapes}


def run_heads(outputs):
    """Scores of pairs and probabilities of labels by the libraries' own conventions."""
    pairs = [(query, text) for query in ("red cream", "a robot") for text in TEXTS]
    # name: (case, what config.json says more)
    heads = {
        "scorer": ("bert", {}),
        "scorer-identity": ("bert", {"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}),
        "scorer-old": ("distilbert", {"num_labels": 1, "problem_type": None,
                                      "sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}),
        "scorer-modern": ("modernbert", {}),
        "labels": ("bert-tanh-gelu", {"id2label": {0: "bad", 1: "fair", 2: "good"}}),
        "many-labels": ("distilbert", {}),
    }
    found = {}
    for name, (case, more) in heads.items():
        kind, settings, _ = CASES[case]
        config = AutoConfig.for_model(kind, **{**settings, **more})
        model = AutoModelForSequenceClassification.from_config(config)
        shapes = fill(model)
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            tokenizer = make_tokenizer(40)
            if kind in ("distilbert", "modernbert"):
                tokenizer.model_input_names = ["input_ids", "attention_mask"]
            tokenizer.save_pretrained(folder)
            if config.num_labels == 1:
                outputs[name + "/scores"] = CrossEncoder(folder, device="cpu").predict(pairs, batch_size=1)
            else:
                classify = transformers.pipeline("text-classification", model=folder, device="cpu", top_k=None)
                labels = [config.id2label[i] for i in range(config.num_labels)]
                results = [{entry["label"]: entry["score"] for entry in classify([text])[0]} for text in TEXTS]
                outputs[name + "/probabilities"] = np.array([[row[label] for label in labels] for row in results], np.float32)
            found[name] = {"config": json.loads((pathlib.Path(folder) / "config.json").read_text()), "tensors": shapes}
    return {"models": found, "pairs": pairs}


def main():
    torch.set_num_threads(1)
    outputs = {}
    golden = {"made_by": "tests/golden/make_encoder_architectures_golden.py", "torch": torch.__version__,
              "transformers": transformers.__version__, "sentence_transformers": sentence_transformers.__version__,
              "texts": TEXTS}
    golden["architectures"] = {name: run_case(name, outputs) for name in CASES}
    golden["sentences"] = run_sentences(outputs)
    golden["heads"] = run_heads(outputs)
    golden["tokenizer"] = json.loads(make_tokenizer(40).backend_tokenizer.to_str())
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
    (HERE / "encoder_architectures.json").write_text(text + "\n", encoding="utf-8")
    save_file({name: np.ascontiguousarray(value, np.float32) for name, value in outputs.items()},
              HERE / "encoder_architectures.safetensors", metadata={"made_by": golden["made_by"]})
    (HERE / "encoder_architectures.safetensors").chmod(0o644)


os.environ.setdefault("HF_HUB_OFFLINE", "1")
if __name__ == "__main__":
    main()

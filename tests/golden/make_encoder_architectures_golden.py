#!/usr/bin/env python3
"""Writes encoder_architectures.json and encoder_architectures.safetensors beside this script: states, logits, vectors,
scores and probabilities of small models of every encoder architecture, by transformers and sentence-transformers in fp32;
those of `new`, which transformers does not have, by new_model.py beside this script.

The models are not trained. Their weights follow from their names by weights() below, which the tests write again in C++, so
that the golden files hold no weights. Needs: pip install torch transformers sentence-transformers safetensors.
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
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, PreTrainedTokenizerFast

from new_model import NewClassifier

HERE = pathlib.Path(__file__).parent
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = ("the a of and red blue lipstick shampoo night cream robot movie drama love war query passage ##s ##ing ##er : . , ! ?").split()
VOCABULARY = list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *("##" + letter for letter in LETTERS), *WORDS]))
TEXTS = ["red lipstick", "a robot movie", "", "the drama of love and war, nightcreams!", "shampooing 42 times a night?"]
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
         "vocab_size": len(VOCABULARY), "max_position_embeddings": 40, "pad_token_id": 0}
DISTIL = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48, "vocab_size": len(VOCABULARY),
          "max_position_embeddings": 40, "pad_token_id": 0}
MODERN = {**SHAPE, "num_hidden_layers": 4, "max_position_embeddings": 120, "local_attention": 16,
          "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": None, "eos_token_id": None}
NEW = {**SHAPE, "model_type": "new", "hidden_act": "gelu", "layer_norm_eps": 1e-12, "layer_norm_type": "layer_norm",
       "position_embedding_type": "rope", "rope_theta": 500.0, "type_vocab_size": 0, "pack_qkv": True, "unpad_inputs": False,
       "use_memory_efficient_attention": False, "logn_attention_scale": False}
# name: (model_type, settings, longest sequence)
CASES = {
    "bert": ("bert", {**SHAPE, "num_labels": 1}, 40),
    "bert-tanh-gelu": ("bert", {**SHAPE, "hidden_act": "gelu_new", "num_labels": 3, "layer_norm_eps": 1e-5}, 40),
    "roberta": ("roberta", {**SHAPE, "max_position_embeddings": 42, "type_vocab_size": 1, "pad_token_id": 1, "num_labels": 1}, 40),
    "xlm-roberta": ("xlm-roberta", {**SHAPE, "max_position_embeddings": 42, "type_vocab_size": 1, "pad_token_id": 1,
                                    "hidden_act": "relu", "num_labels": 2}, 40),
    "electra": ("electra", {**SHAPE, "embedding_size": 16, "hidden_act": "silu", "num_labels": 1}, 40),
    "distilbert": ("distilbert", {**DISTIL, "num_labels": 4, "problem_type": "multi_label_classification"}, 40),
    "mpnet": ("mpnet", {**SHAPE, "max_position_embeddings": 162, "pad_token_id": 1, "num_labels": 2}, 160),
    "modernbert": ("modernbert", {**MODERN, "num_labels": 1}, 100),
    "modernbert-biases": ("modernbert", {**MODERN, "num_labels": 3, "classifier_pooling": "mean", "attention_bias": True,
                                         "mlp_bias": True, "norm_bias": True, "classifier_bias": True,
                                         "hidden_activation": "gelu_pytorch_tanh"}, 60),
    "modernbert-scaled": ("modernbert", {**MODERN, "num_labels": 1, "rope_parameters": {
        "full_attention": {"rope_type": "linear", "rope_theta": 500.0, "factor": 4.0},
        "sliding_attention": {"rope_type": "dynamic", "rope_theta": 100.0, "factor": 2.0}}}, 100),
    "new": ("new", {**NEW, "rope_scaling": {"type": "ntk", "factor": 2.0}, "num_labels": 1}, 40),
    "new-mixed": ("new", {**NEW, "rope_scaling": {"type": "ntk", "factor": 8.0, "mixed_b": 0.75}, "type_vocab_size": 2,
                          "pack_qkv": False, "hidden_act": "silu", "num_labels": 3}, 40),
    "new-unscaled": ("new", {**NEW, "rope_scaling": None, "type_vocab_size": 1, "num_labels": 2}, 40),
}
POOLINGS = ["cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


def weights(name, shape):
    """Element i of a tensor from the FNV-1a hash of its name: splitmix64(hash + i), its upper 24 bits as a number in
    [-1, 1) times a power of two; gains of norms are 1 more."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)
    is_vector = len(shape) == 1
    is_gain = is_vector and name.endswith(".weight")
    return (unit * np.float32(0.125 if is_vector else 0.25) + np.float32(is_gain)).reshape(shape)


def fill(model):
    """Gives every parameter its weights and returns the shapes by name."""
    shapes = {name: list(value.shape) for name, value in model.state_dict().items()}
    model.load_state_dict({name: torch.from_numpy(weights(name, shape).copy()) for name, shape in shapes.items()})
    model.eval()
    return shapes


def make_tokenizer(maximum):
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(VOCABULARY)}, unk_token="[UNK]",
                                           max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
                                   pad_token="[PAD]", mask_token="[MASK]", model_max_length=maximum,
                                   model_input_names=["input_ids", "token_type_ids", "attention_mask"])


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

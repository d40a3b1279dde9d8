"""The small models of the golden files: what they are made of, their tokenizer, and weights that follow from the names of tensors.

The tests write weights() again in C++, so that the golden files hold no weights.
"""
import numpy as np
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

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

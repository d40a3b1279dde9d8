"""A random Llama whose tokens are the 256 bytes and two special tokens, as the files of a model folder."""
import json
import random
import struct

VOCABULARY, WIDTH, HEADS, HEAD_SIZE, INNER, POSITIONS = 258, 32, 2, 16, 64, 512

SYSTEM = "You help."
CHAT = ("{% for m in messages %}{% if loop.first and m['role'] != 'system' %}{{ '<|im_start|>system\n" + SYSTEM + "<|im_end|>\n' }}{% endif %}"
        "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def spelling():
    """GPT-2's printable character of each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {**{byte: chr(byte) for byte in printable}, **{byte: chr(256 + i) for i, byte in enumerate(others)}}


def tokenizer():
    vocabulary = {character: byte for byte, character in spelling().items()}
    special = [{"id": 256 + i, "content": name, "special": True, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False} for i, name in enumerate(["<|im_start|>", "<|im_end|>"])]
    bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary, "merges": []}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
            "pre_tokenizer": bytes_, "post_processor": None, "decoder": bytes_, "model": model}


def write(folder):
    stream = random.Random(1)
    shapes = {"model.embed_tokens.weight": (VOCABULARY, WIDTH), "model.norm.weight": (WIDTH,), "lm_head.weight": (VOCABULARY, WIDTH)}
    for layer in range(2):
        prefix = f"model.layers.{layer}."
        shapes |= {prefix + "input_layernorm.weight": (WIDTH,), prefix + "post_attention_layernorm.weight": (WIDTH,),
                   prefix + "self_attn.q_proj.weight": (HEADS * HEAD_SIZE, WIDTH),
                   prefix + "self_attn.k_proj.weight": (HEAD_SIZE, WIDTH), prefix + "self_attn.v_proj.weight": (HEAD_SIZE, WIDTH),
                   prefix + "self_attn.o_proj.weight": (WIDTH, HEADS * HEAD_SIZE), prefix + "mlp.gate_proj.weight": (INNER, WIDTH),
                   prefix + "mlp.up_proj.weight": (INNER, WIDTH), prefix + "mlp.down_proj.weight": (WIDTH, INNER)}
    header, data = {}, b""
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = [1.0] * count if len(shape) == 1 else [stream.gauss(0, 0.3) for _ in range(count)]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *values)
    head = json.dumps(header).encode()
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + data)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer()))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": CHAT}))
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": 2,
        "num_attention_heads": HEADS, "num_key_value_heads": 1, "head_dim": HEAD_SIZE, "hidden_act": "silu", "rms_norm_eps": 1e-5,
        "max_position_embeddings": POSITIONS, "rope_theta": 10000.0, "tie_word_embeddings": False, "eos_token_id": 257}))
    return folder

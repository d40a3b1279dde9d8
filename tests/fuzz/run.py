#!/usr/bin/env python3
"""Runs one fuzz target: run.py TARGET SECONDS [FOLDER]   TARGET is gguf, safetensors, tokenizer_json or template.

FOLDER (default build/fuzz) holds the programs of the preset `fuzz`. The corpus grows in FOLDER/corpus/TARGET from the
seeds below; an input that fails is kept as FOLDER/failed-TARGET-... and the exit status is not 0. Exits with 77, which
CTest counts as skipped, where the program has not been built. Up to a minute begins with seed 1, so that the same program on a fresh
corpus tries the same inputs; longer runs draw a seed.
"""
import json
import pathlib
import struct
import subprocess
import sys


def text(value):
    value = value.encode()
    return struct.pack("<Q", len(value)) + value


def gguf():
    """One file with every type of metadata and every format of tensors."""
    values = [(0, b"\7"), (1, b"\7"), (2, b"\7\0"), (3, b"\7\0"), (4, b"\7\0\0\0"), (5, b"\7\0\0\0"), (6, struct.pack("<f", 0.5)),
              (7, b"\1"), (8, text("llama")), (10, struct.pack("<Q", 7)), (11, struct.pack("<q", -7)), (12, struct.pack("<d", 0.5))]
    pairs = [text(f"key.{kind}") + struct.pack("<I", kind) + value for kind, value in values]
    pairs += [text(f"list.{kind}") + struct.pack("<IIQ", 9, kind, 2) + value * 2 for kind, value in values]
    formats = {0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 8: (32, 34), 12: (256, 144), 14: (256, 210), 30: (1, 2)}
    described, data = b"", b""
    for number, (elements, size) in formats.items():
        described += text(f"t{number}") + struct.pack("<IQQIQ", 2, elements, 2, number, len(data))
        data += bytes([0x11] * (2 * size)) + bytes(-2 * size % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(formats), len(pairs)) + b"".join(pairs) + described
    return [head + bytes(-len(head) % 32) + data]


def safetensors():
    header = {"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
              "h": {"dtype": "F16", "shape": [3], "data_offsets": [16, 22]}, "i": {"dtype": "I64", "shape": [], "data_offsets": [22, 30]}}
    raw = json.dumps(header).encode()
    return [struct.pack("<Q", len(raw)) + raw + bytes(30), struct.pack("<Q", 2) + b"{}"]


def tokenizer_json():
    special = [{"id": i, "content": c, "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
               for i, c in enumerate(["[UNK]", "[CLS]", "[SEP]"])]
    words = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "te": 4, "##xt": 5, ",": 6, "12": 7}
    wordpiece = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
                 "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                                    "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                                    "special_tokens": {c: {"id": c, "ids": [i], "tokens": [c]} for i, c in [(1, "[CLS]"), (2, "[SEP]")]}},
                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": words}}
    letters = {c: i for i, c in enumerate(["<|end|>", "a", "t", "e", "x", "\u0120", ",", "1", "2", "te", "xt", "text", "\u0120text"])}
    bpe = {"version": "1.0", "truncation": None, "padding": None,
           "added_tokens": [{"id": 0, "content": "<|end|>", "special": True, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}],
           "normalizer": None, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
           "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
           "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "vocab": letters,
                     "merges": ["t e", "x t", "te xt", "\u0120 text"]}}
    return [json.dumps(one, ensure_ascii=False).encode() + "\na text, 12 \u6f22 <|end|> [SEP]".encode() for one in (wordpiece, bpe)]


def template():
    return ["{title} ({year}). {genres}\nToy Story", "Year: {year}; {{braces}} [{a} ({b})]\nx", 
            "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou help.<|im_end|>\n' }}{% endif %}"
            "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}\nx",
            "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>' + message['content'] + '<|eot_id|>' }}\nx", "{{ '[INST] ' + content + ' [/INST]' }}\nx"]


def main():
    target, seconds = sys.argv[1], sys.argv[2]
    folder = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else pathlib.Path(__file__).parents[2] / "build/fuzz").resolve()
    program, corpus = folder / f"fuzz_{target}", folder / "corpus" / target
    if not program.exists():
        print(f"{program} is not built: cmake --preset fuzz && cmake --build build/fuzz --target fuzz")
        return 77
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate({"gguf": gguf, "safetensors": safetensors, "tokenizer_json": tokenizer_json, "template": template}[target]()):
        (corpus / f"seed-{i}").write_bytes(seed if isinstance(seed, bytes) else seed.encode())
    return subprocess.call([program, corpus, f"-max_total_time={seconds}", f"-seed={1 if int(seconds) <= 60 else 0}", "-timeout=20", "-rss_limit_mb=3000", "-max_len=16384",
                            "-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={folder}/failed-{target}-"])


if __name__ == "__main__":
    sys.exit(main())

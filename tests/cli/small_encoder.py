"""Encoders whose weights follow from the names of their tensors, as the files of a model folder."""
import json
import struct


def weights(name, count, is_vector):
    """As weights() of tests/golden/small_models.py."""
    seed, mask = 0xCBF29CE484222325, 2**64 - 1
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 & mask
    for i in range(1, count + 1):
        z = seed + i * 0x9E3779B97F4A7C15 & mask
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        unit = ((z ^ z >> 31) >> 40) / 2**23 - 1
        yield unit * (0.125 if is_vector else 0.25) + (is_vector and name.endswith(".weight"))


def write_safetensors(path, shapes):
    header, data = {}, b""
    for name, shape in shapes.items():
        count = 1
        for extent in shape:
            count *= extent
        values = struct.pack(f"<{count}f", *weights(name, count, len(shape) == 1))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(folder, golden, model):
    """A model of tests/golden/encoder_architectures.json: an object with "config" and "tensors"."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(model["config"]))
    (folder / "tokenizer.json").write_text(json.dumps(golden["tokenizer"]))
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 40}')
    write_safetensors(folder / "model.safetensors", model["tensors"])
    return folder

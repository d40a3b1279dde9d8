"""Small tokenizers of every kind that `genre` reads, trained here from a seed with the parts of the public configurations."""
import collections
import io
import json
import math
import random
import tempfile

import sentencepiece
from make_tokenizer_golden import line
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

GPT2_TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + GPT2_TAIL
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + GPT2_TAIL
CORPUS_LINES, VOCABULARY = 2000, 340


def corpus():
    r = random.Random(11)
    return [line(r) for _ in range(CORPUS_LINES)]


def byte_level_bpe(special, vocabulary=VOCABULARY, pre=None, normalizer=None, prefix_space=False, **model):
    t = Tokenizer(models.BPE(**model))
    if normalizer:
        t.normalizer = normalizer
    t.pre_tokenizer = pre or pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    t.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=special, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    t.train_from_iterator(corpus(), trainer)
    return t


def split_by(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def gpt2():
    t = byte_level_bpe(["<|endoftext|>"])
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    return t


def gpt2_prefix_space():
    t = byte_level_bpe(["<|endoftext|>"], prefix_space=True)
    t.post_processor = processors.ByteLevel(trim_offsets=True)
    return t


def roberta():
    t = byte_level_bpe(["<s>", "<pad>", "</s>", "<unk>"])
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return t


def llama3():
    t = byte_level_bpe([], pre=split_by(LLAMA3), ignore_merges=True)
    t.add_special_tokens(["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"])
    begin = t.token_to_id("<|begin_of_text|>")
    t.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
                                      special_tokens=[("<|begin_of_text|>", begin)])])
    return t


def qwen2():
    t = byte_level_bpe([], pre=split_by(QWEN2), normalizer=normalizers.NFC())
    t.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    t.add_tokens([AddedToken("<tool_call>", normalized=False)])
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    return t


def smollm():
    t = byte_level_bpe(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], pre=pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]))
    return t


def modernbert():
    t = byte_level_bpe(["[CLS]", "[SEP]"], normalizer=normalizers.NFC())
    t.add_tokens([AddedToken(" " * n, normalized=True) for n in (4, 3, 2)])
    t.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False)])
    special = [("[CLS]", t.token_to_id("[CLS]")), ("[SEP]", t.token_to_id("[SEP]"))]
    t.post_processor = processors.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
                                                     special_tokens=special)
    return t


def charsmap():
    """Compiled normalisation rules of a few kinds: width, ligatures, composition, deletion, spaces."""
    rules = {"\u3000": " ", "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u2003": " ", "\ufb01": "fi", "\ufb00": "ff",
             "\u2460": "1", "\u00bd": "1/2", "\u200b": "", "\u00ad": "", "e\u0301": "\u00e9", "a\u0323": "\u1ea1", "\u212b": "\u00c5",
             "\u3314": "\u30ad\u30ed", "\uff1a": ":", **{chr(c): chr(c - 0xFEE0) for c in range(0xFF21, 0xFF5B)}}
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8", delete=False) as out:
        for old, new in sorted(rules.items()):
            out.write(" ".join(f"{ord(c):X}" for c in old) + "\t" + " ".join(f"{ord(c):X}" for c in new) + "\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c"]), model_writer=model, vocab_size=8, hard_vocab_limit=False, minloglevel=2,
        normalization_rule_tsv=out.name)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto.normalizer_spec.precompiled_charsmap


def pieces(most=420, longest=6):
    """Frequent substrings of words with the logarithms of their shares: scores like a trained model's."""
    counts = collections.Counter()
    for word in " ".join(x for x in corpus() if len(x) < 60).split():
        word = "\u2581" + word
        for begin in range(len(word)):
            for end in range(begin + 1, min(begin + longest, len(word)) + 1):
                counts[word[begin:end]] += 1
    counts.update({"ing": 40, "<0x41>": 1, "漢字": 1})
    total = sum(counts.values())
    return [(piece, math.log(count / total)) for piece, count in sorted(counts.items(), key=lambda x: (-x[1], x[0]))[:most]]


def unigram(special, unknown, pre, normalizer=None):
    """`special` come first, as the model family has them."""
    t = Tokenizer(models.Unigram([(x, 0.0) for x in special] + pieces(), unk_id=special.index(unknown)))
    t.normalizer = normalizer
    t.pre_tokenizer = pre
    t.decoder = decoders.Metaspace()
    t.add_special_tokens(special)
    return t


def t5():
    t = unigram(["<pad>", "</s>", "<unk>"], "<unk>", pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]), normalizers.Precompiled(charsmap()))
    t.add_special_tokens([AddedToken(f"<extra_id_{i}>", normalized=False) for i in (1, 0)])
    end = t.token_to_id("</s>")
    t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", end)])
    return t


def xlm_roberta():
    t = unigram(["<s>", "<pad>", "</s>", "<unk>"], "<unk>", pre_tokenizers.Metaspace(), normalizers.Sequence(
        [normalizers.Precompiled(charsmap()), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip(left=False)]))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
                                                     special_tokens=[("<s>", 0), ("</s>", 2)])
    return t


def unigram_nfkc():
    return unigram(["<unk>"], "<unk>", pre_tokenizers.Metaspace(prepend_scheme="first"), normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.StripAccents()]))


def llama2(legacy=True):
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if legacy:
        t.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    else:
        t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    t.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    trainer = trainers.BpeTrainer(vocab_size=620, special_tokens=["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)],
                                  show_progress=False, limit_alphabet=120, max_token_length=12)
    t.train_from_iterator(corpus()[:600], trainer)
    file = json.loads(t.to_str())
    file["added_tokens"] = [x for x in file["added_tokens"] if not x["content"].startswith("<0x")]
    t = Tokenizer.from_str(json.dumps(file))
    begin = t.token_to_id("<s>")
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", begin)])
    return t


def llama2_metaspace():
    return llama2(legacy=False)


KINDS = {f.__name__: f for f in (gpt2, gpt2_prefix_space, roberta, llama3, qwen2, smollm, modernbert, t5, xlm_roberta, unigram_nfkc, llama2,
                                 llama2_metaspace)}

"""Small tokenizers of every kind that `genre` reads, trained here from a seed with the parts of the public configurations."""
import random

from make_tokenizer_golden import line
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


KINDS = {f.__name__: f for f in (gpt2, gpt2_prefix_space, roberta, llama3, qwen2, smollm, modernbert)}

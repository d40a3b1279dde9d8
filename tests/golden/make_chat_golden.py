#!/usr/bin/env python3
"""Writes chat_templates.jsonl beside this script: conversations as transformers renders and tokenizes them, with small
tokenizers of subword_tokenizers.jsonl and short templates that have the form of the models' own.

Needs: pip install transformers. Run after make_subword_golden.py: python3 tests/golden/make_chat_golden.py
"""
import json
import pathlib

import tokenizers
import transformers

HERE = pathlib.Path(__file__).parent
CHAT_ML = ("{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nDEFAULT"
           "<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
           "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
LLAMA3 = ("{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + "
          "message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}"
          "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}")
LLAMA2 = ("{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set start = '<<SYS>>\\n' + messages[0]['content'] + "
          "'\\n<</SYS>>\\n\\n' %}{% else %}{% set rest = messages %}{% set start = '' %}{% endif %}{% for message in rest %}"
          "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + ((start if loop.first else '') + message['content']) | trim + "
          "' [/INST]' }}{% else %}{{ ' ' + message['content'] | trim + ' ' + eos_token }}{% endif %}{% endfor %}")
TEMPLATES = {"smollm": CHAT_ML.replace("DEFAULT", "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
             "qwen2": CHAT_ML.replace("DEFAULT", "You are a helpful assistant."), "llama3": LLAMA3, "llama2": LLAMA2}
CONVERSATIONS = [
    [("user", "Recommend a film.")],
    [("system", "Answer in one word."), ("user", " Which genre is Toy Story (1995)?\n"), ("assistant", "Animation"), ("user", "\n\nSure?  ")],
    [("user", "漢字 é 😀 don't 123"), ("assistant", ""), ("user", "")],
]


def main():
    lines = [json.loads(x) for x in (HERE / "subword_tokenizers.jsonl").read_text(encoding="utf-8").split("\n")[1:-1]]
    kinds = {x["kind"]: x["tokenizer"] for x in lines if "kind" in x}
    with open(HERE / "chat_templates.jsonl", "w", encoding="utf-8") as out:
        out.write(json.dumps({"made_by": "tests/golden/make_chat_golden.py", "transformers": transformers.__version__}) + "\n")
        for kind, template in TEMPLATES.items():
            names = {"bos_token": "<|begin_of_text|>"} if kind == "llama3" else {"bos_token": "<s>", "eos_token": "</s>"} if kind == "llama2" else {}
            t = transformers.PreTrainedTokenizerFast(
                tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(kinds[kind])), **names)
            t.chat_template = template
            for conversation in CONVERSATIONS:
                messages = [{"role": role, "content": content} for role, content in conversation]
                for follows in (False, True):
                    ids = t.apply_chat_template(messages, add_generation_prompt=follows, tokenize=True, return_dict=False)
                    out.write(json.dumps({"kind": kind, "template": template, "messages": conversation, "follows": follows,
                                          "ids": ids}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

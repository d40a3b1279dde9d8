#!/usr/bin/env python3
"""Writes chat_templates.jsonl beside this script: conversations as transformers renders and tokenizes them, with small
tokenizers of subword_tokenizers.jsonl and templates that have the form of the models' own: the branches for tools are left
out, those for system messages, dates and reasoning have the models' conditions. SmolLM2's own template is in
make_generation_golden.py.

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
SYSTEM_FIRST = ("{%- if messages[0]['role'] == 'system' %}\n        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}\n"
                "    {%- ELSE %}\n{%- endif %}\n")
QWEN25 = (SYSTEM_FIRST.replace("ELSE", "else %}\n        {{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful "
                               "assistant.<|im_end|>\\n' }}\n    {%- set unused = 0")
          + "{%- for message in messages %}\n    {%- if (message.role == \"user\") or (message.role == \"system\" and not loop.first) or "
          "(message.role == \"assistant\" and not message.tool_calls) %}\n        {{- '<|im_start|>' + message.role + '\\n' + message.content + "
          "'<|im_end|>' + '\\n' }}\n    {%- endif %}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n")
QWEN3 = (SYSTEM_FIRST.replace("    {%- ELSE %}\n", "")
         + """{%- set ns = namespace(searching=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- if ns.searching and message.role == "user" %}
        {%- set ns.searching = false %}
        {%- set ns.last_query_index = (messages|length - 1) - loop.index0 %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if '</think>' in content %}
            {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning_content) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""")
LLAMA31 = """{{- bos_token }}
{%- if not date_string is defined %}
DATE
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""
FIXED = "    {%- set date_string = \"26 Jul 2024\" %}"
TODAY = "    {%- if strftime_now is defined %}\n{%- set date_string = strftime_now(\"%d %b %Y\") %}\n    {%- else %}\n" + FIXED + "\n    {%- endif %}"
# (tokenizer, template)
TEMPLATES = [("smollm", CHAT_ML.replace("DEFAULT", "You are a helpful AI assistant named SmolLM, trained by Hugging Face")),
             ("qwen2", CHAT_ML.replace("DEFAULT", "You are a helpful assistant.")), ("qwen2", QWEN25), ("qwen2", QWEN3),
             ("llama3", LLAMA3), ("llama3", LLAMA31.replace("DATE", FIXED)), ("llama3", LLAMA31.replace("DATE", TODAY)),
             ("llama2", LLAMA2)]
CONVERSATIONS = [
    [("user", "Recommend a film.")],
    [("system", "Answer in one word."), ("user", " Which genre is Toy Story (1995)?\n"), ("assistant", "Animation"), ("user", "\n\nSure?  ")],
    [("user", "漢字 é 😀 don't 123"), ("assistant", ""), ("user", "")],
    [("user", "Hi"), ("assistant", "<think>\nHm.\n</think>\n\nHello."), ("user", "And?"), ("assistant", "<think>\n\nYes\n</think>\n\nSure.")],
    [("user", "Hi"), ("assistant", "\nHello.\n")],
]


def main():
    lines = [json.loads(x) for x in (HERE / "subword_tokenizers.jsonl").read_text(encoding="utf-8").split("\n")[1:-1]]
    kinds = {x["kind"]: x["tokenizer"] for x in lines if "kind" in x}
    with open(HERE / "chat_templates.jsonl", "w", encoding="utf-8") as out:
        out.write(json.dumps({"made_by": "tests/golden/make_chat_golden.py", "transformers": transformers.__version__}) + "\n")
        for kind, template in TEMPLATES:
            names = {"bos_token": "<|begin_of_text|>"} if kind == "llama3" else {"bos_token": "<s>", "eos_token": "</s>"} if kind == "llama2" else {}
            t = transformers.PreTrainedTokenizerFast(
                tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(kinds[kind])), **names)
            t.chat_template = template
            for conversation in CONVERSATIONS:
                messages = [{"role": role, "content": content} for role, content in conversation]
                for follows in (False, True):
                    # Ours takes the date that the template spells out, not today's.
                    today = {"date_string": "26 Jul 2024"} if "strftime_now" in template else {}
                    ids = t.apply_chat_template(messages, add_generation_prompt=follows, tokenize=True, return_dict=False, **today)
                    out.write(json.dumps({"kind": kind, "template": template, "messages": conversation, "follows": follows,
                                          "ids": ids}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

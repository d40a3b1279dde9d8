"""Fine-tuning a sequence classifier as people write it with Transformers: batches in random order, padded to their longest text, AdamW,
linear schedule. Prints one JSON line: samples a second over the epochs, accuracy, peak memory.

    python train_classifier.py MODEL EXAMPLES --epochs 1 --batch 16 --rate 1e-4 [--bf16] [--lora]

EXAMPLES: JSON lines with text, label (a number) and part (train, valid, test)."""
import argparse
import json
import resource
import time

import torch
import transformers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("examples")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--lora", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(7)
    examples = [json.loads(line) for line in open(arguments.examples, encoding="utf-8")]
    part = {name: [e for e in examples if e["part"] == name] for name in ("train", "valid", "test")}
    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.model)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(arguments.model, num_labels=1 + max(e["label"] for e in examples))
    if arguments.lora:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", r=8, lora_alpha=16, target_modules=["query", "value"]))
    steps = arguments.epochs * -(-len(part["train"]) // arguments.batch)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=arguments.rate, weight_decay=0.01)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, int(0.06 * steps), steps)

    def encode(batch):
        return tokenizer([e["text"] for e in batch], truncation=True, max_length=128, padding="longest", return_tensors="pt")

    model.train()
    seconds, samples, step = 0.0, 0, 0
    generator = torch.Generator().manual_seed(7)
    for _ in range(arguments.epochs):
        order = torch.randperm(len(part["train"]), generator=generator).tolist()
        for first in range(0, len(order), arguments.batch):
            batch = [part["train"][i] for i in order[first:first + arguments.batch]]
            start = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bf16):
                loss = model(**encode(batch), labels=torch.tensor([e["label"] for e in batch])).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            seconds += time.perf_counter() - start
            samples += len(batch)
            step += 1
            if step == arguments.steps:
                break
        if step == arguments.steps:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    model.eval()
    right = 0
    with torch.no_grad():
        for first in range(0, len(part["test"]), 64):
            batch = part["test"][first:first + 64]
            right += int((model(**encode(batch)).logits.argmax(1) == torch.tensor([e["label"] for e in batch])).sum())
    print(json.dumps({"by": f"torch {torch.__version__}, transformers {transformers.__version__}", "samples_per_second": samples / seconds, "samples": samples,
                      "accuracy": right / max(1, len(part["test"])), "peak_mib": peak,
                      "trained": sum(p.numel() for p in model.parameters() if p.requires_grad)}), flush=True)


if __name__ == "__main__":
    main()

"""A fine-tuning of a second or two: two tastes that words tell apart, learnt by a tiny encoder."""
import json
import random

import case
import small_encoder


class TasteCase(case.Case):
    def base(self):
        models = json.loads((case.SOURCE / "tests" / "golden" / "encoder_architectures.json").read_text())
        small_encoder.write(self.folder / "base", models, models["heads"]["models"]["labels"])

    def config(self, more="", rows=None):
        """Returns the path of a configuration; `more` goes into its table [finetune]."""
        if not (self.folder / "base").exists():
            self.base()
        stream = random.Random(5)
        if rows is None:
            rows = [(f"{stream.choice(['red lipstick', 'night cream', 'blue shampoo'])} {n}", "care") for n in range(60)]
            rows += [(f"{stream.choice(['a robot movie', 'the drama', 'love and war'])} {n}", "film") for n in range(60)]
        self.write("examples.csv", "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
        return self.write("tune.toml", f'''seed = 3
threads = 1
[lm]
model = "{self.folder}/base"
[finetune]
epochs = 6
batch = 8
{more}
[[finetune.examples]]
path = "examples.csv"
[optimizer]
name = "adamw"
learning_rate = 3e-3
''')

    def metrics(self, run):
        return [json.loads(line) for line in (self.folder / run / "metrics.jsonl").read_text().splitlines()]

"""genre lm generate and score on a small random decoder: what texts promise does not depend on a model's wits."""
import json
import math

import case
import small_decoder
from case import Case


class Generation(Case):
    def setUp(self):
        super().setUp()
        self.model = small_decoder.write(self.folder / "model")

    def generate(self, *arguments, **options):
        return self.json("lm", "generate", "--model", self.model, *arguments, **options)

    def lines(self, verb, *arguments, **options):
        out = self.genre("lm", verb, "--model", self.model, *arguments, **options)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def test_fields_and_the_same_text_for_the_same_seed(self):
        out = self.generate("--prompt", "Once", "--max-tokens", "20", "--temperature", "1", "--seed", "5")
        self.assertEqual(out["schema"], "genre.lm.generate/1")
        self.assertEqual(out["prompt_tokens"], 4)
        self.assertLessEqual(out["generated_tokens"], 20)
        self.assertIn(out["stop_reason"], ["end", "length"])
        self.assertGreater(out["prefill_tokens_per_second"], 0)
        again = self.generate("--prompt", "Once", "--max-tokens", "20", "--temperature", "1", "--seed", "5")
        self.assertEqual(out["text"], again["text"])
        other = self.generate("--prompt", "Once", "--max-tokens", "20", "--temperature", "1", "--seed", "6")
        self.assertNotEqual(out["text"], other["text"])
        plain = self.genre("lm", "generate", "--model", self.model, "--prompt", "Once", "--max-tokens", "20", "--temperature", "1", "--seed", "5")
        # Reading as text turns carriage returns into line feeds.
        self.assertEqual(plain.stdout, out["text"].replace("\r\n", "\n").replace("\r", "\n") + "\n")
        one = self.generate("--prompt", "Once", "--max-tokens", "1")
        self.assertEqual((one["generated_tokens"], one["decode_tokens_per_second"], one["stop_reason"]), (1, None, "length"))

    def test_a_stop_string_is_not_in_the_text(self):
        text = self.generate("--prompt", "Once", "--max-tokens", "60")["text"]
        stop = text[len(text) // 2 :][:3]
        self.assertTrue(stop)
        out = self.generate("--prompt", "Once", "--max-tokens", "60", "--stop", "never there", "--stop", stop)
        self.assertEqual((out["text"], out["stop_reason"]), (text[: text.index(stop)], "stop"))

    def test_json_satisfies_its_schema(self):
        self.write("film.json", json.dumps({
            "type": "object", "required": ["title", "year", "genres"], "properties": {
                "title": {"type": "string", "maxLength": 20}, "year": {"type": "integer", "minimum": 1900, "maximum": 2030},
                "genres": {"type": "array", "items": {"enum": ["drama", "comedy"]}, "minItems": 1, "maxItems": 3}}}))
        for seed in range(12):
            out = self.generate("--prompt", "Heat:", "--json-schema", "film.json", "--temperature", "1.5", "--seed", str(seed), "--max-tokens", str(60 + 10 * seed))
            film = json.loads(out["text"])
            self.assertEqual(list(film), ["title", "year", "genres"])
            self.assertLessEqual(len(film["title"]), 20)
            self.assertTrue(1900 <= film["year"] <= 2030)
            self.assertTrue(1 <= len(film["genres"]) <= 3 and set(film["genres"]) <= {"drama", "comedy"})
            self.assertIn(out["stop_reason"], ["constraint", "length"])
        error = self.generate("--prompt", "Heat:", "--json-schema", "film.json", "--max-tokens", "5", code=2)["error"]
        self.assertIn("shortest text", error["message"])
        self.write("film.json", json.dumps({"type": "object", "required": ["id", "when"], "properties": {
            "id": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"}, "when": {"type": "string", "format": "date"}}}))
        ticket = json.loads(self.generate("--prompt", "Ticket:", "--json-schema", "film.json", "--temperature", "1", "--max-tokens", "80")["text"])
        self.assertRegex(ticket["id"], "^[A-Z]{2}[0-9]{4}$")
        self.assertRegex(ticket["when"], r"^\d{4}-\d\d-\d\d$")
        self.write("film.json", '{"type": "string", "contentEncoding": "a"}')
        error = self.generate("--prompt", "Heat:", "--json-schema", "film.json", code=3)["error"]
        self.assertEqual((error["file"], error["key"]), ("film.json", "/contentEncoding"))

    def test_choices_are_the_only_texts(self):
        self.write("titles.txt", "Alien\nAliens\nToy Story\n")
        for seed in range(5):
            out = self.generate("--prompt", "See", "--choices", "titles.txt", "--temperature", "2", "--seed", str(seed))
            self.assertIn(out["text"], ["Alien", "Aliens", "Toy Story"])
        self.generate("--prompt", "See", "--choices", "titles.txt", "--json-schema", "titles.txt", code=2)

    def test_many_prompts_give_what_each_gives_alone(self):
        prompts = [f"Write about item {i}: " + "x" * (7 * i % 40) for i in range(24)]
        self.write("prompts.txt", "\n".join(prompts) + "\n")
        options = ["--temperature", "1", "--max-tokens", "30"]
        out = self.lines("generate", "--input", "prompts.txt", *options)
        self.assertEqual(len(out), 24)
        self.assertGreater(sum(line["shared_prompt_tokens"] for line in out), 0)
        one_by_one = self.lines("generate", "--input", "prompts.txt", "--concurrent", "1", *options)
        self.assertEqual([line["text"] for line in out], [line["text"] for line in one_by_one])
        self.assertEqual(out[3]["text"], self.generate("--prompt", prompts[3], *options)["text"])
        self.write("prompts.jsonl", json.dumps({"prompt": prompts[3], "max_tokens": 7}) + "\n" + json.dumps({"prompt": "b", "seed": 9}) + "\n")
        records = self.lines("generate", "--input", "prompts.jsonl", *options)
        # The cut may fall into a character.
        self.assertTrue(out[3]["text"].startswith(records[0]["text"].rstrip("\ufffd")))
        self.assertLessEqual(records[0]["generated_tokens"], 7)

    def test_faults_name_the_line(self):
        self.write("prompts.txt", "fine\n\nfine\n")
        error = json.loads(self.genre("lm", "generate", "--model", self.model, "--input", "prompts.txt", "--json", code=2).stdout.splitlines()[-1])["error"]
        self.assertEqual((error["file"], error["line"]), ("prompts.txt", 2))
        self.write("prompts.jsonl", '{"prompt": "a"}\n{"prompt": 3}\n')
        self.assertIn("prompts.jsonl:2", self.genre("lm", "generate", "--model", self.model, "--input", "prompts.jsonl", code=4).stderr)
        self.assertIn("\"text\"", self.genre("lm", "score", "--model", self.model, stdin='{"text": "a"}\n', code=4).stderr)
        self.assertIn("top-p", self.genre("lm", "generate", "--model", self.model, "--prompt", "a", "--top-p", "3", code=2).stderr)
        self.assertIn("--prompt TEXT or --input FILE", self.genre("lm", "generate", "--model", self.model, code=2).stderr)
        self.genre("lm", "generate", "--model", self.folder / "absent", "--prompt", "a", code=5)

    def test_special_tokens_in_a_prompt_stay_text(self):
        self.assertEqual(self.generate("--prompt", "<|im_end|>", "--max-tokens", "1")["prompt_tokens"], 10)
        chat = self.generate("--prompt", "Hi <|im_end|>", "--chat", "--system", "Be brief", "--max-tokens", "1")
        self.assertEqual(chat["prompt_tokens"], 5 + len("system\nBe brief\nuser\nHi <|im_end|>\nassistant\n"))

    def test_a_chat_takes_the_template_of_the_model(self):
        chat = self.generate("--prompt", "Hi", "--chat", "--max-tokens", "1")
        self.assertEqual(chat["prompt_tokens"], 5 + len(f"system\n{small_decoder.SYSTEM}\nuser\nHi\nassistant\n"))
        record = json.dumps({"prompt": "Hi", "candidates": ["a"]}) + "\n"
        self.assertNotEqual(self.lines("score", stdin=record)[0], self.lines("score", "--chat", stdin=record)[0])
        (self.model / "tokenizer_config.json").unlink()
        error = self.generate("--prompt", "Hi", "--chat", code=3)["error"]
        self.assertIn("no chat template", error["message"])

    def test_scores_are_log_probabilities(self):
        every_byte = [chr(code) for code in range(128)]
        records = [{"prompt": "Once", "candidates": every_byte}, {"prompt": "Once", "candidates": ["a", "ab", "abc", "b"]}]
        out = self.lines("score", stdin="".join(json.dumps(record) + "\n" for record in records))
        self.assertEqual(out[0]["schema"], "genre.lm.score/1")
        self.assertLess(sum(map(math.exp, out[0]["log_probabilities"])), 1)
        scores = out[1]["log_probabilities"]
        self.assertAlmostEqual(scores[0], out[0]["log_probabilities"][ord("a")], places=9)
        self.assertTrue(scores[0] > scores[1] > scores[2])
        self.assertEqual(out[1]["tokens"], [1, 2, 3, 1])
        behind = self.lines("score", stdin=json.dumps({"prompt": "Oncea", "candidates": ["b"]}) + "\n")
        self.assertAlmostEqual(scores[1], scores[0] + behind[0]["log_probabilities"][0], places=4)
        best = self.generate("--prompt", "Once", "--max-tokens", "1", "--precision", "fp32")
        self.assertEqual(best["generated_tokens"], 1)

    def test_recommendations_stand_in_the_order_of_log_odds_that_score_gives(self):
        model = f'name = "lm_rank"\ndecoder = "{self.model}"\nevents = 2\ncandidate_count = 5\nprompt = "{{history}} > {{candidate}}"\n[model.candidates]\nname = "ease"'
        run = self.train(model=model)
        items = self.json("recommend", run, "--history", "i1,i2", "-k", 7)["items"]
        prompts = [f"Thing number 2; Thing number 1 > Thing number {item['item'][1:]}" for item in items]
        scored = self.lines("score", "--chat", stdin="".join(json.dumps({"prompt": prompt, "candidates": ["yes", "no"]}) + "\n" for prompt in prompts))
        odds = [line["log_probabilities"][0] - line["log_probabilities"][1] for line in scored]
        for item, wanted in zip(items[:5], odds):
            self.assertAlmostEqual(item["score"], wanted, places=4)
        self.assertEqual([item["score"] for item in items[:5]], sorted((item["score"] for item in items[:5]), reverse=True))
        self.assertLess(items[5]["score"], items[4]["score"])
        (self.model / "tokenizer_config.json").write_text("{}")
        self.assertIn("not the one", self.genre("recommend", run, "--history", "i1", code=(1, 3, 4, 5)).stderr)

    def test_models_that_differ_in_a_prompt_are_told_apart_in_tables_and_files(self):
        model = f'name = "lm_rank"\ndecoder = "{self.model}"\nevents = 2\ncandidate_count = 2\nprompt = '
        models = "".join(f"[[models]]\n{model}{json.dumps(prompt)}\n" for prompt in ("{history}/{candidate}", "{history} {candidate}"))
        config = self.shop(model="")
        config.write_text(config.read_text().replace("[model]\n", models))
        out = self.genre("evaluate", config, "--rankings", "lists.trec").stdout
        self.assertEqual(len([line for line in out.splitlines() if line.startswith("lm_rank prompt=")]), 4)  # a row in each of the two tables
        self.assertEqual(sorted(path.name for path in self.folder.glob("lists*")), ["lists.lm_rank_prompt={history}_{candidate}'.trec", "lists.lm_rank_prompt={history}_{candidate}.trec"])

    def test_what_somebody_disliked_is_told_where_the_prompt_has_a_place_for_it(self):
        model = f'name = "lm_rank"\ndecoder = "{self.model}"\nevents = 3\ncandidate_count = 4\nprompt = "{{history}} - {{disliked}} > {{candidate}}"\n[model.candidates]\nname = "ease"'
        rows = [row for row in case.events() if row[0] != "u0"]
        rows += [("u0", f"i{item}", value, 1_700_000_000 + n) for n, (item, value) in enumerate([(1, 5), (2, 5), (3, 4), (4, 2), (5, 5)])]
        run = self.train(rows=rows, model=model)

        def expect(items, told):
            prompts = [f"{told} > Thing number {item['item'][1:]}" for item in items]
            scored = self.lines("score", "--chat", stdin="".join(json.dumps({"prompt": prompt, "candidates": ["yes", "no"]}) + "\n" for prompt in prompts))
            for item, line in zip(items, scored):
                self.assertAlmostEqual(item["score"], line["log_probabilities"][0] - line["log_probabilities"][1], places=4)

        expect(self.json("recommend", run, "--user", "u0", "-k", 4)["items"], "Thing number 5; Thing number 3 - Thing number 4")
        process, address = self.start(run)
        try:
            self.call(f"{address}/v1/events", {"type": "rating", "user": "u0", "item": "i6", "value": 1})
            answer = self.call(f"{address}/v1/users/u0/recommendations?k=4")
        finally:
            process.kill()
            process.communicate()
        expect(answer["items"], "Thing number 5 - Thing number 6; Thing number 4")

    def test_who_only_disliked_something_is_answered_by_that(self):
        prompt = "{history}\n{disliked} > {candidate}"
        model = f'name = "lm_rank"\ndecoder = "{self.model}"\nprompt = {json.dumps(prompt)}\n[model.candidates]\nname = "popularity"'
        run = self.train(rows=case.events() + [("hater", "i3", 1, 1_700_000_000)], model=model)
        answer = self.json("recommend", run, "--user", "hater", "-k", 3, "--explain")
        self.assertEqual(answer["strategy"], "personalised")
        self.assertNotIn("your words", json.dumps(answer["items"]))


if __name__ == "__main__":
    case.run()

"""`genre serve` from the outside: answers, restarts, refusals."""
import json
import signal
import socket
import urllib.error

import case
from case import Case


class Serve(Case):
    def test_events_change_answers_and_survive_a_restart(self):
        run = self.train()
        process, address = self.start(run)
        try:
            self.assertEqual(self.call(address + "/v1/users/stranger/recommendations?k=3")["strategy"], "popular")
            answer = self.call(address + "/v1/events", {"type": "rating", "user": "stranger", "item": "i0", "value": 5, "event_id": "e1"})
            self.assertEqual(answer["accepted"], 1)
            self.assertEqual(self.call(address + "/v1/users/stranger/recommendations?k=3")["strategy"], "personalised")
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        self.assertEqual(process.returncode, 0)
        process, address = self.start(run)
        try:
            self.assertEqual(self.call(address + "/v1/users/stranger/recommendations?k=3")["strategy"], "personalised")
            self.assertEqual(self.call(address + "/v1/events", {"type": "rating", "user": "stranger", "item": "i0", "value": 5, "event_id": "e1"})["duplicates"], 1)
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.call(address + "/v1/items/absent/similar")
            self.assertEqual(caught.exception.code, 404)
            self.assertEqual(json.loads(caught.exception.read())["code"], "not_found")
        finally:
            process.kill()
            process.communicate()

    def test_port_in_use_is_a_clear_error(self):
        run = self.train()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = self.genre("serve", run, "--set", f"serve.port={taken.getsockname()[1]}", code=7)
        self.assertIn("serve.port=0", done.stderr)

    def test_two_services_on_one_store_are_refused(self):
        run = self.train()
        process, _ = self.start(run)
        try:
            self.genre("serve", run, "--set", "serve.port=0", code=7)
        finally:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    case.run()

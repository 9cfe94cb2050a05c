import http.server
import os
import sys
import threading
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "actions"))
sys.dont_write_bytecode = True

from lib import delivery  # noqa: E402


class DeliveryTest(unittest.TestCase):
    def setUp(self):
        self.answers, self.seen, self.pauses = [], [], []
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                test.seen.append(urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status = test.answers.pop(0) if test.answers else 200
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "3")
                self.end_headers()
                self.wfile.write(b"ok" if status == 200 else b"no_service")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = "http://127.0.0.1:%d/services/T/B/hunter2" % server.server_address[1]

    def post(self):
        return delivery.post_form(self.url, {"payload": "{}"}, sleep=self.pauses.append)

    def test_a_message_arrives_as_a_form(self):
        self.assertEqual((self.post(), self.seen), ("ok", [{"payload": ["{}"]}]))

    def test_limits_and_outages_are_waited_out(self):
        self.answers = [429, 503]
        self.assertEqual((self.post(), self.pauses), ("ok", [3.0, 6.0]))

    def test_a_refusal_is_final_and_keeps_the_address_secret(self):
        self.answers = [404]
        with self.assertRaisesRegex(delivery.Refused, "404: no_service") as caught:
            self.post()
        self.assertNotIn("hunter2", str(caught.exception))
        self.assertEqual(self.pauses, [])

    def test_it_gives_up(self):
        self.answers = [500] * delivery.ATTEMPTS
        with self.assertRaises(delivery.Refused):
            self.post()
        self.assertEqual(len(self.seen), delivery.ATTEMPTS)

    def test_arguments_that_are_not_given_are_not_sent(self):
        arguments = {"text": " ", "attachments": '[{"title": "x"}]', "thread_ts": None, "as_user": False, "mrkdwn": True}
        expected = {"text": " ", "attachments": '[{"title": "x"}]', "as_user": "false", "mrkdwn": "true"}
        self.assertEqual(delivery.form_fields(arguments), expected)


if __name__ == "__main__":
    unittest.main()

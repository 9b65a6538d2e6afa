"""A rate limit as platforms have it: a bucket that refills. Off until `limit()`.

Moodle's manner: 429 with Retry-After: 1. Canvas's: 403 "Rate Limit Exceeded", and on every
answer X-Rate-Limit-Remaining."""
import threading
import time

from .web import Answer

LIMITED = ("scores", "results", "lineitems", "lineitem", "nrps")


class Rate:
    def __init__(self):
        self.lock = threading.Lock()
        self.per_s, self.most, self.left, self.at = 0, 0, 0.0, 0.0
        self.refused = 0

    def limit(self, per_s, burst=None):
        """So many calls a second, so many at once; 0: no limit."""
        with self.lock:
            self.per_s, self.most = per_s, burst or per_s
            self.left, self.at = float(self.most), time.monotonic()

    def take(self, name):
        """Is there room for a call to this endpoint?"""
        if not self.per_s or name not in LIMITED:
            return True
        with self.lock:
            now = time.monotonic()
            self.left = min(self.most, self.left + (now - self.at) * self.per_s)
            self.at = now
            if self.left < 1:
                self.refused += 1
                return False
            self.left -= 1
            return True

    def refusal(self, canvas):
        if canvas:
            return Answer(403, "403 Forbidden (Rate Limit Exceeded)", "text/plain",
                          {"X-Rate-Limit-Remaining": "0.0"})
        return Answer(429, "Too many requests", "text/plain", {"Retry-After": "1"})

    def mark(self, answer, canvas):
        """Canvas tells how much room is left."""
        if self.per_s and canvas and isinstance(answer, Answer):
            answer.headers["X-Rate-Limit-Remaining"] = "%.1f" % self.left
        return answer

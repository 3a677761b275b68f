"""`seqrec serve` for as long as a test lasts."""

import re
import subprocess


class Serving:
    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, "serve", *arguments, "--port", "0"], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            raise RuntimeError(f"seqrec serve said {line!r}")
        self.url = found.group() + "/"

    def close(self):
        self.process.terminate()
        self.process.stdout.read()
        self.process.wait()

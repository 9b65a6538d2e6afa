"""A certificate authority of our own and one certificate for both sites, by openssl."""
import os
import shutil
import subprocess
import tempfile

NAMES = "DNS:lms.localhost,DNS:tool.localhost,DNS:localhost,IP:127.0.0.1,IP:::1"


class Authority:
    """`ca`: the file to trust; `pair`: (certificate, key)."""

    def __init__(self, names=NAMES):
        self.folder = tempfile.mkdtemp(prefix="wmca-")
        self.ca = self.folder + "/ca.pem"
        self.pair = (self.folder + "/site.pem", self.folder + "/site.key")
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                      "/CN=Waymark test authority", "-keyout", self.folder + "/ca.key", "-out",
                      self.ca)
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=lms.localhost",
                      "-keyout", self.pair[1], "-out", self.folder + "/site.csr")
        with open(self.folder + "/ext", "w", encoding="ascii") as f:
            f.write("subjectAltName=%s\n" % names)
        self._openssl("x509", "-req", "-in", self.folder + "/site.csr", "-CA", self.ca,
                      "-CAkey", self.folder + "/ca.key", "-CAcreateserial", "-days", "2",
                      "-extfile", self.folder + "/ext", "-out", self.pair[0])

    def _openssl(self, *args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


if __name__ == "__main__":
    a = Authority()
    print(os.listdir(a.folder))
    a.remove()

#!/usr/bin/env python3
"""A console server that is only examples: the built page, and tests/office/fixtures as the answers of tools/console/api.md.

    fixture.py DIST [--hostile FILE]      prints its port, serves on loopback until its standard input ends

For tests of the page, where the server would only be in the way: each role's session, each error, texts that want to be markup. What it was asked
to do is at /test/asked. Sign in with any PIN: "salah" is wrong, "tunggu" must wait; a revocation wants the PIN once more, once. "orang.baru" must
choose another PIN first.
"""
import base64
import csv
import json
import pathlib
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
LISTS = FIXTURES.parent.parent.parent / "schema" / "adminduk" / "data" / "daftar_kode"
ROLES = {"budi.santosa": "session-admin", "siti.rahmah": "session", "kel.wonosari": "session-kelurahan", "kominfo.jaga": "session-kominfo",
         "orang.baru": "session"}
NEW_PIN = "orang.baru"  # somebody else has chosen its PIN
CSP = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
       "frame-ancestors 'none'")
# A picture of 2 x 2.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFElEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC")

GET = [  # the first that fits
    (r"/api/codes", "codes"), (r"/api/today", "today"), (r"/api/conflicts", "conflicts"), (r"/api/conflicts/.+", "conflict"),
    (r"/api/held", "held"), (r"/api/held/.+", "held-row"), (r"/api/twins", "twins"), (r"/api/twins/.+", "twin"),
    (r"/api/applications", "applications"), (r"/api/applications/.+/history", "application-history"), (r"/api/applications/.+", "application"),
    (r"/api/devices", "devices"), (r"/api/devices/.+/cuts", "device-cuts"), (r"/api/regions", "regions"), (r"/api/regions/.+", "region"),
    (r"/api/recap", "recap"), (r"/api/forget/.+", "forgotten"), (r"/api/audit/states", "audit-states"), (r"/api/audit/forks", "audit-forks"), (r"/api/audit/cases", "audit-cases"),
    (r"/api/audit/refused", "audit-refused"), (r"/api/audit/looks", "audit-looks"), (r"/api/audit/segment/.+", "audit-segment"),
    (r"/api/audit/run/.+", "audit-run-done"), (r"/api/accounts", "accounts"),
]
POST = [
    (r"/api/sign-out", "ok"), (r"/api/decisions/undo", "decision-undo"), (r"/api/twins/two", "twins-two"),
    (r"/api/applications/return", "applications-return"), (r"/api/forget", "forget"), (r"/api/devices/invite", "device-invite"),
    (r"/api/devices/act", "device-act"), (r"/api/import", "import"), (r"/api/audit/run", "audit-run"), (r"/api/accounts", "accounts-act"),
]
# Members that are no free text: keys, codes, states, dates, addresses, pictures.
FIXED = re.compile(
    r"^(id|key|code|kode|tbl|grp|column|columns|kind|state|roles|role|scope|trust|service|variant|layanan|varian|status|to|berikut|list|date|"
    r"tanggal.*|.*_ms|token|language|hash|commit|segment|mime|svg|seen|blob|op|fate|result|kel|month|months|percent|born|act|after|a|b|due|account|"
    r"kecamatan|session|writer|hex|state_hash|last_.*|band|lampiran|orang|keadaan|rw|rt|visit|complete|number|elemen|layout|sifat|jenis)$")


def fixture(name):
    body = json.loads((FIXTURES / (name + ".json")).read_text(encoding="utf-8"))
    return codes(body) if name == "codes" else body


def session(account):
    """The example of the account's role, with a token that no other account has."""
    body = fixture(ROLES[account])
    return {**body, "token": account + "-" + body["token"], "new_pin": account == NEW_PIN and not Handler.state.chosen}


def codes(body):
    """The example has a few words; here are all that the schema has for the columns of a person."""
    for column in ("agama", "status_kawin", "shdk", "pekerjaan", "pendidikan_kk", "golongan_darah", "penyandang_cacat", "kewarganegaraan"):
        with (LISTS / (column + ".csv")).open(encoding="utf-8", newline="") as lines:
            body["lists"][column] = [{"kode": row["kode"], "label": row["label"], "kelompok": None} for row in csv.DictReader(lines)]
        body["columns"]["orang"][column.replace("_kk", "")] = column
    return body


def hostile(value, payloads, member=""):
    """The same with every free text replaced by the next payload."""
    if isinstance(value, dict):
        return {k: hostile(v, payloads, k) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(v, payloads, member) for v in value]
    return payloads() if isinstance(value, str) and not FIXED.match(member) else value


def longer(body, times=8):
    """The list with its lines several times, each under a key of its own."""
    if not isinstance(body.get("items"), list):
        return body
    rows = [json.loads(json.dumps(row)) for _ in range(times) for row in body["items"]]
    for i, row in enumerate(rows):
        for side in [row, row.get("a"), row.get("b")]:
            for name in ("key", "id") if isinstance(side, dict) else ():
                if isinstance(side.get(name), str):
                    side[name] = side[name] + f"{i:02x}"
    return {**body, "items": rows}


class State:
    def __init__(self, dist, texts):
        self.files = {f["path"]: (f, (dist / f["file"]).read_bytes(), (dist / f["gz"]).read_bytes())
                      for f in json.loads((dist / "manifest.json").read_text())["files"]}
        self.asked, self.lock, self.texts, self.at, self.renewed, self.ended = [], threading.Lock(), texts, 0, False, threading.Event()
        self.chosen = False

    def payload(self):
        with self.lock:
            self.at += 1
            return self.texts[(self.at - 1) % len(self.texts)]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None

    def log_message(self, *args):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the browser went away

    def account(self):
        found = re.search(r"jemput=([a-z.]+)", self.headers.get("Cookie", ""))
        return found.group(1) if found else None

    def send(self, status, body, kind="application/json", more=()):
        data = json.dumps(body).encode() if kind == "application/json" else body
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(data))), ("Content-Security-Policy", CSP),
                            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), *more):
            self.send_header(name, value)
        if not any(name == "Cache-Control" for name, _ in more):
            self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def shown(self, name):
        body = fixture(name)
        self.send(200, hostile(longer(body), self.state.payload) if self.state.texts else body)

    def file(self, path):
        about, plain, gz = self.state.files[path]
        cache = "public, max-age=31536000, immutable" if about["immutable"] else "no-store"
        self.send(200, gz, about["type"], (("Content-Encoding", "gzip"), ("Cache-Control", cache)))

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        first = [("moved", {"space": 1, "n": 1, "batch": 1, "at_ms": 1671602398500}), ("counts", fixture("today")["waits"])]
        try:
            for name, data in first:
                self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
            self.wfile.flush()
            while not self.state.ended.wait(5):
                self.wfile.write(b": .\n\n")
                self.wfile.flush()
        except OSError:
            pass
        self.close_connection = True

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/test/asked":
            return self.send(200, self.state.asked)
        if path in self.state.files:
            return self.file(path)
        if not self.account():
            return self.send(401, {**fixture("error"), "code": "SIGNED_OUT"})
        if path == "/api/session":
            return self.send(200, session(self.account()))
        if session(self.account())["new_pin"]:
            return self.send(403, {**fixture("error"), "code": "NEW_PIN"})
        if path == "/api/events":
            return self.events()
        if path.startswith("/api/photos/"):
            return self.send(200, PNG, "image/png")
        if path.startswith("/api/export/"):
            self.note()
            return self.send(200, b"a,b\n", "text/csv", (("Content-Disposition", f'attachment; filename="{path.split("/")[-1]}"'),))
        if path.startswith("/api/conflicts/") and "more=1" in self.path:
            return self.shown("conflict-more")
        if path.startswith("/api/decisions/"):  # of a row that is closed, too
            space, tbl, key = path.split("/")[3:]
            return self.send(200, {**fixture("decision"), "space": int(space), "tbl": tbl, "key": key})
        return self.first(GET, path)

    def first(self, routes, path):
        for pattern, name in routes if not path.endswith("/closed") else ():
            if re.fullmatch(pattern, path):
                return self.shown(name)
        return self.send(404, {**fixture("error"), "code": "JEMPUT_NOTFOUND"})

    def note(self, body=None):
        self.state.asked.append({"path": self.path, "body": body, "headers": {k.lower(): v for k, v in self.headers.items()}})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.loads(raw) if self.headers.get("Content-Type") == "application/json" else raw.decode()
        path = self.path.split("?")[0]
        self.note(body)
        if path == "/api/sign-in":
            return self.sign_in(body)
        if not self.account():
            return self.send(401, {**fixture("error"), "code": "SIGNED_OUT"})
        if self.headers.get("X-Jemput-Token") != session(self.account())["token"]:
            return self.send(403, {**fixture("error"), "code": "TOKEN"})
        if path == "/api/session/renew":
            self.state.renewed = True
            return self.send(200, session(self.account()))
        if path == "/api/sign-out":
            return self.send(200, {"done": True}, more=(("Set-Cookie", "jemput=; Max-Age=0; Path=/"),))
        if path == "/api/devices/act" and body["kind"] == "revoke" and not body["look"] and not self.state.renewed:
            return self.send(403, fixture("error-renew"))
        if path == "/api/accounts" and body["act"] == "pin" and self.account() == NEW_PIN:
            self.state.chosen = True
        if path == "/api/twins/part":
            gone = body["gone"] == "closed"
            return self.shown("unite-look" if body["look"] else "unite") if gone else self.send(404, {**fixture("error"), "code": "JEMPUT_NOTFOUND"})
        if path == "/api/twins/unite":
            return self.shown("unite-look" if body["look"] else "unite")
        if path in ("/api/decisions", "/api/applications/status"):
            one = fixture("decisions")["items"][0]
            return self.send(200, {"items": [{**one, "i": i} for i in range(len(body["items"]))]})
        return self.first(POST, path)

    def sign_in(self, body):
        if body["pin"] == "tunggu":
            return self.send(429, fixture("error-wait"))
        if body["pin"] == "salah" or body["account"] not in ROLES:
            return self.send(401, {**fixture("error"), "code": "WRONG", "text_id": "Nama akun atau PIN tidak cocok."})
        return self.send(200, session(body["account"]), more=(("Set-Cookie", f"jemput={body['account']}; HttpOnly; SameSite=Strict; Path=/"),))


def main():
    texts = json.loads(pathlib.Path(sys.argv[sys.argv.index("--hostile") + 1]).read_text(encoding="utf-8")) if "--hostile" in sys.argv else []
    Handler.state = State(pathlib.Path(sys.argv[1]), texts)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    Handler.state.ended.set()
    server.shutdown()


if __name__ == "__main__":
    main()

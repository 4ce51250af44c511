"""Writes requests as botocore signs them, one JSON array a line: date, method, target, headers, body in base64. The secret of a key is
the first 40 letters of the base64 of the SHA-256 of its id.

python3 sigv4-botocore.py 200 1 > sigv4-botocore.tsv        (how many, and the seed; needs botocore: pip install botocore, or Debian's python3-botocore)

With - at its end it reads {"host": …, "account": …, "keys": [[id, secret, session token or null], …]} and signs for that server, now.
"""
import base64, datetime, hashlib, json, random, sys, types, urllib.parse
import botocore, botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

count, chance = int(sys.argv[1]), random.Random(int(sys.argv[2]))
letters = "abcXYZ019-._~ +/=,@:;!*'()[]{}<>\"\\|^`%&?#$éüß€日本😀"
server = json.load(sys.stdin) if len(sys.argv) > 3 else None
text = lambda least, most: "".join(chance.choice(letters) for _ in range(chance.randint(least, most)))
quoted = lambda value: urllib.parse.quote(value, safe="-._~")
operations = {"iam": ("2010-05-08", ["CreateUser", "ListUsers", "PutUserPolicy", "TagUser", "GetGroup"]), "sts": ("2011-06-15", ["GetCallerIdentity", "GetSessionToken"])}
start = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0) if server else datetime.datetime(2026, 11, 24)
at = start

class Fixed(datetime.datetime):
    @classmethod
    def utcnow(cls): return at
    @classmethod
    def now(cls, tz=None): return at.replace(tzinfo=tz)

botocore.auth.datetime = types.SimpleNamespace(datetime=Fixed, timezone=datetime.timezone, timedelta=datetime.timedelta)
if hasattr(botocore.auth, "get_current_datetime"): botocore.auth.get_current_datetime = lambda *_, **__: at

for _ in range(count):
    at = start + datetime.timedelta(seconds=0 if server else chance.randrange(86400))
    service = chance.choice(["iam", "iam", "sts"])
    version, names = operations[service]
    temporary = chance.random() < 0.2
    key = ("ASIA" if temporary else "AKIA") + "".join(chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
    secret = base64.b64encode(hashlib.sha256(key.encode()).digest()).decode()[:40]
    credentials = Credentials(key, secret, base64.b64encode(chance.randbytes(chance.randint(60, 200))).decode() if temporary else None)
    if server:
        key, secret, token = chance.choice([one for one in server["keys"] if service == "sts" or not one[2]]) # a session without MFA may nothing of IAM's
        credentials = Credentials(key, secret, token)
    region = chance.choice(["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1"])
    fields = [("Action", chance.choice(names)), ("Version", version)] + [(f"Field{i}.member.{chance.randint(1, 3)}", text(0, 20)) for i in range(chance.randint(0, 6))]
    chance.shuffle(fields)
    form = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in fields)
    host = server["host"] if server else chance.choice(["127.0.0.1:8080", "iam.example.com", "localhost:5080", "[::1]:8080"])
    path, headers, query, body = "/", {}, "", b""
    kind = chance.choice(["form", "form", "query", "json", "presigned"] + ([] if server else ["path"]))
    if kind == "form": body, headers["Content-Type"] = form.encode(), "application/x-www-form-urlencoded; charset=utf-8"
    elif kind in ("query", "presigned"): query = "?" + form + "".join(f"&{quoted(text(1, 5))}={quoted(text(0, 5))}" for _ in range(chance.randint(0, 3))) + chance.choice(["", "&a=1&a=0&a", "&b="])
    else:
        path = f"/accounts/{server['account'] if server else format(chance.randrange(10**12), '012')}/{dict(fields)['Action']}" if kind == "json" else "".join("/" + chance.choice([text(0, 8), ".", "..", ""]) for _ in range(chance.randint(1, 5)))
        path = urllib.parse.quote(path, safe=chance.choice(["/-._~", "/-._~!$&'()*+,;=:@"]))
        body, headers["Content-Type"] = json.dumps({"UserName": text(1, 30)}, ensure_ascii=False).encode(), "application/json"
    for name in ("Idempotency-Key", "If-Match", "Iam-Consistency", "X-Amz-Meta-Note", "X-More"):
        if kind != "presigned" and chance.random() < 0.2: headers[name] = " " * chance.randint(0, 2) + "".join(chance.choice("abc  123\"=,;") for _ in range(chance.randint(1, 12))) + chance.choice(["", " "])
    headers = {name: value for name, value in headers.items() if value.strip()}
    request = AWSRequest("GET" if query else "POST", f"http://{host}{path}{query}", headers, body)
    if kind == "presigned": botocore.auth.SigV4QueryAuth(credentials, service, region, expires=chance.choice([1, 60, 900, 3600, 604800])).add_auth(request)
    else: botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    target = request.url.split(host, 1)[1]
    sent = [["Host", host]] + [[name, value] for name, value in request.headers.items() if name.lower() != "host"]
    print(json.dumps([at.strftime("%Y%m%dT%H%M%SZ"), request.method, target, sent, base64.b64encode(body).decode()], ensure_ascii=False, separators=(",", ":")))

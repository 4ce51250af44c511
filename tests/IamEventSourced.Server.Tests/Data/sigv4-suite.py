"""Writes sigv4-suite.tsv: the cases of AWS's published Signature Version 4 test suite that are not S3's own.

python3 sigv4-suite.py …/aws-signing-test-suite/v4 > sigv4-suite.tsv        (a folder of awslabs/aws-c-auth's tests)
"""
import json, os, sys

root = sys.argv[1]
print("# name, method, target, headers, body, token, whether the token is signed, seconds of life in the query, signature in the header, signature in the query")
for name in sorted(os.listdir(root)):
    read = lambda file: open(os.path.join(root, name, file), encoding="utf-8").read()
    context = json.loads(read("context.json"))
    if not context["normalize"]: continue
    head, _, body = read("request.txt").partition("\n\n")
    lines = head.replace("\n ", " ").split("\n")  # a value in several lines, as HTTP reads it
    method, _, rest = lines[0].partition(" ")
    headers = [line.split(":", 1) for line in lines[1:] if line]
    if context["sign_body"]: headers.append(["x-amz-content-sha256", "of the body"])
    credentials = context["credentials"]
    print(name, method, rest.rpartition(" ")[0], json.dumps(headers, ensure_ascii=False), json.dumps(body), credentials.get("token", ""),
          "no" if context.get("omit_session_token") else "yes", context["expiration_in_seconds"],
          read("header-signature.txt").strip(), read("query-signature.txt").strip(), sep="\t")

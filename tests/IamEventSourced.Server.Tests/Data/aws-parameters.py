"""Writes aws-parameters.tsv: what AWS's own service model, as botocore carries it, says of every parameter of IAM and STS.

python3 aws-parameters.py > aws-parameters.tsv        (needs botocore: pip install botocore, or Debian's python3-botocore)
"""
import botocore, botocore.loaders

print(f"# botocore {botocore.__version__}: operation, parameter, kind, required, least and greatest length or value, pattern, values")
for service, version in (("iam", "2010-05-08"), ("sts", "2011-06-15")):
    model = botocore.loaders.create_loader().load_service_model(service, "service-2", version)
    shapes = model["shapes"]

    def rows(operation, at, name, required):
        shape = shapes[name]
        kind = shape["type"]
        least, greatest = shape.get("min", ""), shape.get("max", "")
        print(operation, at, kind, "required" if required else "", least, greatest, shape.get("pattern", ""), "|".join(shape.get("enum", [])), sep="\t")
        if kind == "list": rows(operation, at + "[]", shape["member"]["shape"], True)
        if kind == "structure":
            for member, what in shape["members"].items(): rows(operation, f"{at}.{member}", what["shape"], member in shape.get("required", []))

    for operation, what in sorted(model["operations"].items()):
        if "input" not in what: continue
        shape = shapes[what["input"]["shape"]]
        for member, inner in shape["members"].items(): rows(operation, member, inner["shape"], member in shape.get("required", []))

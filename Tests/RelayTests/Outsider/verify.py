"""Checks the bundle of a closed job with nothing of ours: securesystemslib for DSSE and Ed25519, in-toto-attestation
for the statements. Usage: verify.py FLEET.json BUNDLE. Prints one line for each envelope; exit status 1 at a fault."""

import base64
import copy
import hashlib
import json
import pathlib
import sys

import google.protobuf.json_format as protobuf
from in_toto_attestation.predicates.link.v0 import link_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

OURS = "https://baton.invalid/"
LINK = "https://in-toto.io/attestation/link/v0.3"


def keys_of(fleet):
    """The keys of each node, and the name of main."""
    keys, main = {}, None
    for node, entry in fleet["nodes"].items():
        if entry["role"] == "main":
            main = node
        raws = [base64.b64decode(key["key"].removeprefix("ed25519:")) for key in entry["keys"]]
        keys[node] = [
            SSlibKey(hashlib.sha256(raw).hexdigest(), "ed25519", "ed25519", {"public": raw.hex()}) for raw in raws
        ]
    return keys, main


def verify(envelope, keys):
    """The payload of an envelope as JSON has it, which one of `keys` must have signed."""
    read = Envelope.from_dict(copy.deepcopy(envelope))
    read.verify(keys, 1)
    return read.payload


def statement(payload):
    """The payload as in-toto's own types read it: a Statement v1, and its predicate as a link where it is one."""
    read = protobuf.Parse(payload, statement_pb2.Statement())
    Statement.copy_from_pb(read).validate()
    predicate = json.loads(payload)["predicate"]
    if read.predicate_type == LINK:
        link = protobuf.ParseDict(predicate, link_pb2.Link())
        assert link.name and not link.command and link.materials, "no link of ours"
        assert all(len(file.digest["sha256"]) == 64 for file in link.materials), "a material without SHA-256"
    else:
        assert read.predicate_type.startswith(OURS), read.predicate_type
    return read, predicate


def bent(envelope):
    """The envelope with one bit changed: of each byte of signature and key id, and of many of the payload."""

    def flip(raw, place):
        return raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :]

    payload = base64.b64decode(envelope["payload"])
    for place in range(0, len(payload), max(1, len(payload) // 100)):
        yield envelope | {"payload": base64.b64encode(flip(payload, place)).decode()}
    yield envelope | {"payloadType": envelope["payloadType"].replace("json", "jsom")}
    for name in "sig", "keyid":
        decode, encode = (base64.b64decode, base64.b64encode) if name == "sig" else (bytes.fromhex, bytes.hex)
        raw = decode(envelope["signatures"][0][name])
        for place in range(len(raw)):
            text = encode(flip(raw, place))
            text = text.decode() if isinstance(text, bytes) else text
            yield envelope | {"signatures": [envelope["signatures"][0] | {name: text}]}


def envelopes(bundle):
    """All envelopes of a bundle by what they are: the files, and those that the last document carries."""
    for path in sorted(bundle.glob("*.dsse.json")):
        yield path.name, json.loads(path.read_bytes())
    for path in bundle.glob("*.main.*.json"):
        document = json.loads(path.read_bytes())
        for place, envelope in enumerate([document["order"], *document["evidence"]]):
            yield f"{path.name}#{place}", envelope


def main():
    fleet, bundle = json.loads(pathlib.Path(sys.argv[1]).read_bytes()), pathlib.Path(sys.argv[2])
    keys, ordering = keys_of(fleet)
    refused = 0
    for name, envelope in envelopes(bundle):
        payload = base64.b64decode(envelope["payload"])
        read, predicate = statement(payload)
        node = predicate["byproducts"]["node"] if read.predicate_type == LINK else ordering
        assert verify(envelope, keys[node]) == payload
        for change in bent(envelope):
            try:
                verify(change, keys[node])
            except VerificationError:
                refused += 1
            else:
                sys.exit(f"{name}: taken with one bit changed")
        if name == "closeout.dsse.json":
            for file in read.subject:
                found = hashlib.sha256((bundle / file.name).read_bytes()).hexdigest()
                assert found == file.digest["sha256"], f"{file.name} is another file"
        print(f"holds {name}: {read.predicate_type} of {len(read.subject)} files, signed by {node}")
    print(f"refused {refused} with one bit changed")


main()

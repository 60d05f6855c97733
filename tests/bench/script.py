#!/usr/bin/env python3
"""script.py LIST URL DIR: a script such as a partner would write in an afternoon.

Reads the list, sends a thousand devices in each call, polls until the result is complete, and
counts the error codes. It keeps no ledger, writes no packs and ignores lost answers.
DIR has client.pem, client.key and ca.pem.
"""
import collections
import csv
import itertools
import sys
import time

import requests

BATCH = 1000
POLL_SECONDS = 0.1


def device(row):
    if row["Product Key ID"]:
        return {"ProductKey": row["Product Key ID"]}
    return {
        "SerialNumber": row["Serial Number"],
        "OemManufacturerName": row["Manufacturer"],
        "ModelName": row["Model"],
    }


def submit(session, url, rows):
    answer = session.post(url, json={
        "PurchaseOrderId": "returns",
        "GroupTag": "",
        "TenantID": "",
        "TenantDomain": "",
        "SoldToCustomerID": "0000012345",
        "ReceivedFromCustomerID": "0000012345",
        "Devices": [device(row) for row in rows],
    })
    answer.raise_for_status()
    return answer.json()["BatchId"]


def result(session, url, batch):
    while True:
        answer = session.get(url + "/", params={"BatchID": batch})
        answer.raise_for_status()
        devices = answer.json()["Devices"]
        if all(d["DeviceStatusName"] != "Pending" for d in devices):
            return devices
        time.sleep(POLL_SECONDS)


def main(path, url, certificates):
    counts = collections.Counter()
    session = requests.Session()
    session.trust_env = False
    session.cert = (certificates + "/client.pem", certificates + "/client.key")
    session.verify = certificates + "/ca.pem"
    with open(path, newline="", encoding="utf-8-sig") as f:
        rows = csv.DictReader(f)
        while batch := list(itertools.islice(rows, BATCH)):
            for d in result(session, url, submit(session, url, batch)):
                counts[d.get("DeviceErrorCode", 0)] += 1
    for code, count in sorted(counts.items()):
        print(f"outcome_{code} {count}")


main(*sys.argv[1:])

# Runs eclipse/paho.mqtt.testing's client_test.py as it is, from its own folder: `python3 paho.py PORT`. Its main function hands its own
# arguments on to unittest, which does not know them; and its test of wills has a name that unittest does not find.
import runpy
import sys
import unittest

run = unittest.main


def main():
    test = sys.modules["__main__"].Test
    test.test_will_message = test.will_message_test
    run(module="__main__", argv=["client_test.py"])


unittest.main = main
sys.path.insert(0, ".")
sys.argv = ["client_test.py", "-p", sys.argv[1]]
runpy.run_path("client_test.py", run_name="__main__")

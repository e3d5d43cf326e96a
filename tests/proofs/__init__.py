"""What issue 6 says must be proven: each attack on an approval has one expected result and one test, over HTTP."""

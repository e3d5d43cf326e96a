"""The admin's pages: what every case did, decided and wrote, readable without a script."""

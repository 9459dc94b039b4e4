"""What the program is compared with: txtai, and a plain service, each over the same passages with the same weights."""

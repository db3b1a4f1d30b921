"""Run the command line as ``python -m deepstat``."""

from deepstat.cli import main

if __name__ == "__main__":
    main()

import sys

from voicelift_client.command.main import main

sys.exit(main())

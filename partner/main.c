/* The program's main(), in a separate file so that tests can link everything else. */
#include "partner/cli/cli.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}

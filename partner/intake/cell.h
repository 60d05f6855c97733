/*
 * Recognises a cell that holds more than one serial number or Product Key ID. Pure.
 */
#ifndef PARTNER_INTAKE_CELL_H
#define PARTNER_INTAKE_CELL_H

#include "common/base.h"

/* "FX0001;FX0002", "FX0001 / FX0002", "FX0001-FX0002", "FX0001 bis FX0010" */
bool cell_has_several(const char *text);
/* "FX0001 (old)", "FX0001 repaired", "FX0001?", "[FX0001]" */
bool cell_has_remark(const char *text);

#endif

#include "common/json.h"

SLUICE_JSON_TEMPLATES()

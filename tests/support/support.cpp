#include "loop_until.h"

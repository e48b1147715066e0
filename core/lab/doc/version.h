// The version that programs and reports name.
// SPDX-License-Identifier: MIT
#ifndef LAB_VERSION_H
#define LAB_VERSION_H

#define LAB_VERSION "0.1.0"

#endif

// The page's style and script: page.css and page.js, made into arrays by the build.
// SPDX-License-Identifier: MIT
#ifndef LAB_HTML_EMBEDDED_H
#define LAB_HTML_EMBEDDED_H

#include <stddef.h>

extern const unsigned char page_css[], page_js[];
extern const size_t page_css_size, page_js_size;

#endif

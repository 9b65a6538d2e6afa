/* crc.h: the checksum CRC-32 (IEEE 802.3, as in zlib and PNG). No protection against
 * anybody: it spreads ids over groups in a way that everybody can repeat. */
#ifndef WAYMARK_BASE_CRC_H
#define WAYMARK_BASE_CRC_H

#include "base/str.h"

uint32_t crc_32(struct str bytes);

#endif

#include "base/crc.h"

uint32_t crc_32(struct str bytes)
{
    uint32_t c = ~UINT32_C(0);
    for (size_t i = 0; i < bytes.n; i++) {
        c ^= (unsigned char)bytes.p[i];
        for (int k = 0; k < 8; k++)
            c = (c >> 1) ^ (UINT32_C(0xedb88320) & (0 - (c & 1)));
    }
    return ~c;
}

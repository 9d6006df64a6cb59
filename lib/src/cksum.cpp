// The CRC of POSIX cksum(1): polynomial 0x04C11DB7, most significant bit first, no reflection, start 0, the
// length of the text fed in behind it (least significant byte first, as many bytes as it needs),
// complemented. (IEEE Std 1003.1, cksum.) zlib's crc32 is the reflected kind and starts elsewhere, so it
// cannot serve. Eight bytes a step with eight tables ("slicing by 8"), because every record that is read
// passes through here.

#include <array>
#include <cstdint>

#include "sbraid/record.hpp"

namespace sbraid {
namespace {

constexpr std::uint32_t k_polynomial = 0x04C11DB7;
using CrcTable = std::array<std::uint32_t, 256>;

constexpr std::array<CrcTable, 8> make_tables() {
    std::array<CrcTable, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte << 24;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x80000000U) != 0 ? (crc << 1) ^ k_polynomial : crc << 1;
        tables[0][byte] = crc;
    }
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        for (std::size_t ahead = 1; ahead < 8; ++ahead) {
            const std::uint32_t before = tables[ahead - 1][byte];
            tables[ahead][byte] = (before << 8) ^ tables[0][before >> 24];
        }
    }
    return tables;
}

constexpr std::array<CrcTable, 8> k_tables = make_tables();

constexpr std::uint32_t step(std::uint32_t crc, std::uint32_t byte) {
    return (crc << 8) ^ k_tables[0][(crc >> 24) ^ byte];
}

}  // namespace

std::uint32_t cksum(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
    std::uint32_t crc = 0;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        const std::uint32_t first = crc ^ (at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3));
        crc = k_tables[7][first >> 24] ^ k_tables[6][(first >> 16) & 0xFF] ^
              k_tables[5][(first >> 8) & 0xFF] ^ k_tables[4][first & 0xFF] ^ k_tables[3][at(i + 4)] ^
              k_tables[2][at(i + 5)] ^ k_tables[1][at(i + 6)] ^ k_tables[0][at(i + 7)];
    }
    for (; i < bytes.size(); ++i) crc = step(crc, at(i));
    for (std::size_t length = bytes.size(); length != 0; length >>= 8) {
        crc = step(crc, static_cast<std::uint32_t>(length & 0xFF));
    }
    return ~crc;
}

}  // namespace sbraid

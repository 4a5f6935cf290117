//! Addresses: two that share a prefix have pseudonyms that share one of the same length, and every
//! block with a meaning of its own maps onto itself.
//!
//! The bit behind a prefix is turned or not by a keyed function of the prefix. It is never turned
//! where a special block lies below that prefix, so no address enters or leaves one. A block of
//! addresses therefore holds the pseudonyms of just those addresses that it held before, which
//! walking cycles out of the special blocks would not keep.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::prf::{Domain, Prf};

/// A block of addresses: its first one, how many bits name it, and whether addresses in it stay.
struct Block<T> {
    first: T,
    bits: u32,
    stays: bool,
}

const fn v4(a: u8, b: u8, c: u8, bits: u32, stays: bool) -> Block<u32> {
    Block {
        first: u32::from_be_bytes([a, b, c, 0]),
        bits,
        stays,
    }
}

const V4: &[Block<u32>] = &[
    v4(0, 0, 0, 8, true),
    v4(10, 0, 0, 8, false),
    v4(100, 64, 0, 10, false),
    v4(127, 0, 0, 8, true),
    // The metadata of instances and tasks is asked here; these addresses are the same everywhere.
    v4(169, 254, 0, 16, true),
    v4(172, 16, 0, 12, false),
    v4(192, 0, 0, 24, true),
    v4(192, 0, 2, 24, true),
    v4(192, 168, 0, 16, false),
    v4(198, 18, 0, 15, true),
    v4(198, 51, 100, 24, true),
    v4(203, 0, 113, 24, true),
    // Multicast, reserved, masks and broadcast.
    v4(224, 0, 0, 3, true),
];

const fn v6(first: u128, bits: u32, stays: bool) -> Block<u128> {
    Block { first, bits, stays }
}

const V6: &[Block<u128>] = &[
    v6(0, 127, true),
    v6(0x0000_0000_0000_0000_0000_ffff_0000_0000, 96, false),
    v6(0x0064_ff9b_0000_0000_0000_0000_0000_0000, 96, false),
    v6(0x2001_0db8_0000_0000_0000_0000_0000_0000, 32, true),
    v6(0xfc00_0000_0000_0000_0000_0000_0000_0000, 7, false),
    // The metadata again.
    v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0000, 32, true),
    v6(0xfe80_0000_0000_0000_0000_0000_0000_0000, 10, false),
    v6(0xff00_0000_0000_0000_0000_0000_0000_0000, 8, true),
];

/// Blocks whose last 32 bits are an IPv4 address: mapped ones, and those of NAT64.
const EMBEDDED: &[u128] = &[0xffff_0000_0000, 0x0064_ff9b << 96];

/// The pseudonym of an address.
pub(super) fn pseudonym(prf: &Prf, address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(pseudonym_v4(prf, address)),
        IpAddr::V6(address) => IpAddr::V6(pseudonym_v6(prf, address)),
    }
}

/// The pseudonym of a block such as `10.0.0.0/16`, which holds the pseudonyms of its addresses.
pub(super) fn pseudonym_of_block(prf: &Prf, address: IpAddr, bits: u32) -> IpAddr {
    let mapped = pseudonym(prf, address);
    match (address, mapped) {
        (IpAddr::V4(first), IpAddr::V4(mapped)) => {
            let hosts = u32::MAX.checked_shr(bits).unwrap_or(0);
            let is_first = u32::from(first) & hosts == 0;
            let kept = u32::from(mapped) & if is_first { !hosts } else { u32::MAX };
            IpAddr::V4(kept.into())
        }
        (IpAddr::V6(first), IpAddr::V6(mapped)) => {
            let hosts = u128::MAX.checked_shr(bits).unwrap_or(0);
            let is_first = u128::from(first) & hosts == 0;
            let kept = u128::from(mapped) & if is_first { !hosts } else { u128::MAX };
            IpAddr::V6(kept.into())
        }
        (_, mapped) => mapped,
    }
}

/// Whether an address is one that nobody else has: of a private network or the machine itself.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let number = u32::from(address);
            V4.iter().any(|block| !block.stays && block.holds(number)) || address.is_loopback()
        }
        IpAddr::V6(address) => {
            let number = u128::from(address);
            V6.iter().any(|block| !block.stays && block.holds(number)) || address.is_loopback()
        }
    }
}

impl Block<u32> {
    fn holds(&self, address: u32) -> bool {
        (address ^ self.first).leading_zeros() >= self.bits
    }
}

impl Block<u128> {
    fn holds(&self, address: u128) -> bool {
        (address ^ self.first).leading_zeros() >= self.bits
    }
}

fn pseudonym_v4(prf: &Prf, address: Ipv4Addr) -> Ipv4Addr {
    let number = u32::from(address);
    if V4.iter().any(|block| block.stays && block.holds(number)) {
        return address;
    }
    let may_turn = |bit: u32| {
        V4.iter()
            .all(|block| block.bits <= bit || (number ^ block.first).leading_zeros() < bit)
    };
    let mut octets = address.octets();
    turn(prf, Domain::AddressV4, &mut octets, may_turn);
    octets.into()
}

fn pseudonym_v6(prf: &Prf, address: Ipv6Addr) -> Ipv6Addr {
    let number = u128::from(address);
    if V6.iter().any(|block| block.stays && block.holds(number)) {
        return address;
    }
    for first in EMBEDDED {
        if number >> 32 == first >> 32 {
            let inner = pseudonym_v4(prf, Ipv4Addr::from(number as u32));
            return (first | u128::from(u32::from(inner))).into();
        }
    }
    let may_turn = |bit: u32| {
        V6.iter()
            .all(|block| block.bits <= bit || (number ^ block.first).leading_zeros() < bit)
    };
    let mut octets = address.octets();
    turn(prf, Domain::AddressV6, &mut octets, may_turn);
    octets.into()
}

/// Turns bits, each by what stands before it. One hash serves the eight bits of an octet: its bits
/// are numbered by the nodes of the tree of what an octet may begin with.
fn turn(prf: &Prf, domain: Domain, octets: &mut [u8], may_turn: impl Fn(u32) -> bool) {
    let original = octets.to_vec();
    for (index, octet) in octets.iter_mut().enumerate() {
        let block = prf.block(domain, index as u32, &original[..index]);
        for bit in 0..8 {
            if !may_turn(index as u32 * 8 + bit) {
                continue;
            }
            let node = (1_usize << bit) | (usize::from(original[index]) >> (8 - bit));
            if block[node / 8] >> (node % 8) & 1 == 1 {
                *octet ^= 0x80 >> bit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prf() -> Prf {
        Prf::new([3; 32])
    }

    fn map(text: &str) -> String {
        pseudonym(&prf(), text.parse().unwrap()).to_string()
    }

    fn map_block(text: &str) -> String {
        let (address, bits) = text.split_once('/').unwrap();
        let mapped = pseudonym_of_block(&prf(), address.parse().unwrap(), bits.parse().unwrap());
        format!("{mapped}/{bits}")
    }

    /// Numbers without a pattern.
    fn noise(seed: u64) -> impl Iterator<Item = u64> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed ^ (mixed >> 31)
        })
    }

    #[test]
    fn addresses_with_a_meaning_of_their_own_stay() {
        for same in [
            "0.0.0.0",
            "127.0.0.1",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.0",
            "192.0.2.7",
            "203.0.113.9",
            "::",
            "::1",
            "2001:db8::7",
            "ff02::1",
            "fd00:ec2::254",
        ] {
            assert_eq!(map(same), same);
        }
        for same in [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::/0",
            "fc00::/7",
            "0.0.0.0/1",
            "128.0.0.0/1",
        ] {
            assert_eq!(map_block(same), same);
        }
    }

    #[test]
    fn private_addresses_stay_private_and_public_ones_public() {
        for block in [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
        ] {
            let (first, bits) = block.split_once('/').unwrap();
            let first = u32::from(first.parse::<Ipv4Addr>().unwrap());
            let bits: u32 = bits.parse().unwrap();
            for number in noise(1).take(500) {
                let inside = first | (number as u32 >> bits);
                let mapped = u32::from(pseudonym_v4(&prf(), inside.into()));
                assert_eq!(mapped >> (32 - bits), first >> (32 - bits));
            }
        }
        for number in noise(2).take(3_000) {
            let number = number as u32;
            let mapped = u32::from(pseudonym_v4(&prf(), number.into()));
            for block in V4 {
                assert_eq!(block.holds(number), block.holds(mapped));
            }
        }
        assert!(map("fd12:3456::1").starts_with("fd") || map("fd12:3456::1").starts_with("fc"));
        assert!(map("fe80::1:2").starts_with("fe"));
        assert_ne!(map("2600:1f18::7"), "2600:1f18::7");
        assert_ne!(map("54.239.28.85"), "54.239.28.85");
        assert_ne!(map("10.0.1.23"), "10.0.1.23");
    }

    #[test]
    fn as_many_leading_bits_are_shared_after_as_before() {
        let mut numbers = noise(3);
        for _ in 0..3_000 {
            let (one, two) = (numbers.next().unwrap() as u32, numbers.next().unwrap());
            let other = one ^ (two as u32 >> (two >> 59));
            let [a, b] = [one, other].map(|it| u32::from(pseudonym_v4(&prf(), it.into())));
            let stays = |it: u32| V4.iter().any(|block| block.stays && block.holds(it));
            if !stays(one) && !stays(other) {
                assert_eq!((one ^ other).leading_zeros(), (a ^ b).leading_zeros());
            }
            assert_eq!(one == other, a == b);
        }
        for _ in 0..500 {
            let one = u128::from(numbers.next().unwrap()) << 61 | 0x2000_u128 << 112;
            let shift = numbers.next().unwrap() % 120;
            let other = one ^ (1_u128 << shift);
            let [a, b] = [one, other].map(|it| u128::from(pseudonym_v6(&prf(), it.into())));
            assert_eq!((one ^ other).leading_zeros(), (a ^ b).leading_zeros());
        }
    }

    #[test]
    fn a_block_holds_the_pseudonyms_of_its_addresses() {
        let mut numbers = noise(4);
        for _ in 0..2_000 {
            let (number, more) = (numbers.next().unwrap() as u32, numbers.next().unwrap());
            let bits = (more % 33) as u32;
            let hosts = u32::MAX.checked_shr(bits).unwrap_or(0);
            let first = number & !hosts;
            let address = if more & 64 == 0 {
                number
            } else {
                (more >> 32) as u32
            };
            let block = pseudonym_of_block(&prf(), IpAddr::V4(first.into()), bits);
            let IpAddr::V4(block) = block else { panic!() };
            let mapped = u32::from(pseudonym_v4(&prf(), address.into()));
            assert_eq!(u32::from(block) & hosts, 0);
            // Blocks that hold a special block and more are the ancestors of one and stay.
            assert_eq!(
                address & !hosts == first,
                mapped & !hosts == u32::from(block)
            );
        }
    }

    #[test]
    fn an_embedded_address_is_mapped_as_it_is_alone() {
        let inner = map("10.0.1.23");
        assert_eq!(map("::ffff:10.0.1.23"), format!("::ffff:{inner}"));
        assert_eq!(map("::ffff:127.0.0.1"), "::ffff:127.0.0.1");
    }
}

//! DescribeSecurityGroups.

use super::{Answer, Failure, Kind, Out, Request, describe, no_tags, not_found, one};
use crate::account::{Rule, SecurityGroup};

const KIND: Kind<SecurityGroup> = Kind {
    ids: "GroupId",
    set: "securityGroupInfo",
    id: |group| &group.id,
    field,
    not_found: |id| {
        not_found(
            "InvalidGroup.NotFound",
            format!("The security group '{id}' does not exist"),
        )
    },
    out,
};

const DESCRIPTION: &str = "Outbound traffic of App Runner";

pub(super) fn describe_security_groups(request: &Request<'_>) -> Result<Answer, Failure> {
    describe(request, &request.account.network.security_groups, &KIND)
}

fn field(request: &Request<'_>, group: &SecurityGroup, name: &str) -> Option<Vec<String>> {
    let (rules, name) = match name.strip_prefix("egress.") {
        Some(name) => (&group.egress, name),
        None => (&group.ingress, name),
    };
    let peers = |wanted: Peer| {
        let all = rules.iter().flat_map(|rule| &rule.peers);
        Some(all.filter(|it| Peer::of(it) == wanted).cloned().collect())
    };
    match name {
        "description" => one(DESCRIPTION),
        "group-id" => one(&group.id),
        "group-name" => one(&group.name),
        "ip-permission.cidr" => peers(Peer::Ipv4),
        "ip-permission.ipv6-cidr" => peers(Peer::Ipv6),
        "ip-permission.group-id" => peers(Peer::Group),
        "ip-permission.prefix-list-id" => peers(Peer::PrefixList),
        "ip-permission.protocol" => Some(rules.iter().map(|rule| rule.protocol.clone()).collect()),
        "owner-id" => one(&request.account.id),
        "vpc-id" => one(&group.vpc),
        _ => None,
    }
}

fn out(request: &Request<'_>, group: &SecurityGroup) -> Out {
    let account = &request.account;
    let arn = format!(
        "arn:aws:ec2:{}:{}:security-group/{}",
        account.region, account.id, group.id
    );
    Out::map()
        .with("ownerId", &account.id)
        .with("groupId", &group.id)
        .with("groupName", &group.name)
        .with("groupDescription", DESCRIPTION)
        .with("vpcId", &group.vpc)
        .with("securityGroupArn", arn)
        .with("ipPermissions", permissions(request, &group.ingress))
        .with("ipPermissionsEgress", permissions(request, &group.egress))
        .with("tagSet", no_tags())
}

fn permissions(request: &Request<'_>, rules: &[Rule]) -> Out {
    Out::list(rules, |rule| {
        let peers = |wanted: Peer, name: &str| {
            let chosen = rule.peers.iter().filter(|it| Peer::of(it) == wanted);
            Out::list(chosen, |peer| match wanted {
                Peer::Group => Out::map()
                    .with("userId", &request.account.id)
                    .with(name, peer),
                _ => Out::map().with(name, peer),
            })
        };
        Out::map()
            .with("ipProtocol", &rule.protocol)
            .with_some("fromPort", rule.ports.map(|(first, _)| first))
            .with_some("toPort", rule.ports.map(|(_, last)| last))
            .with("groups", peers(Peer::Group, "groupId"))
            .with("ipRanges", peers(Peer::Ipv4, "cidrIp"))
            .with("ipv6Ranges", peers(Peer::Ipv6, "cidrIpv6"))
            .with("prefixListIds", peers(Peer::PrefixList, "prefixListId"))
    })
}

/// What the other side of a rule is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Peer {
    Ipv4,
    Ipv6,
    Group,
    PrefixList,
}

impl Peer {
    fn of(text: &str) -> Self {
        match text {
            group if group.starts_with("sg-") => Self::Group,
            list if list.starts_with("pl-") => Self::PrefixList,
            range if range.contains(':') => Self::Ipv6,
            _ => Self::Ipv4,
        }
    }
}

//! EC2: what there is in VPCs.

mod gateways;
mod interfaces;
mod route_tables;
mod security_groups;
mod subnets;

use serde_json::Value;

use super::{
    Served,
    answer::{Answer, Failure, Out},
    glob::fits,
    page::{self, Paging},
    request::Request,
    validate::{Member, bool, int, list, text},
};

const FILTER: Member = list("Filter", 0, 200);
const TOKEN: Member = text("NextToken", 0, 10_000);
const RESULTS: Member = int("MaxResults", 5, 1000);
const DRY_RUN: Member = bool("DryRun");

const fn paging(items: &'static [&'static str]) -> Option<Paging> {
    Some(Paging {
        token_in: "NextToken",
        token_out: &["nextToken"],
        items,
        more: None,
    })
}

pub(super) const SERVED: &[Served] = &[
    Served {
        operation: "DescribeNatGateways",
        members: &[
            FILTER,
            list("NatGatewayId", 0, 1000),
            RESULTS,
            TOKEN,
            DRY_RUN,
        ],
        paging: paging(&["natGatewaySet"]),
        answer: gateways::describe_nat_gateways,
    },
    Served {
        operation: "DescribeNetworkInterfaces",
        members: &[
            FILTER,
            list("NetworkInterfaceId", 0, 1000),
            RESULTS,
            TOKEN,
            DRY_RUN,
        ],
        paging: paging(&["networkInterfaceSet"]),
        answer: interfaces::describe_network_interfaces,
    },
    Served {
        operation: "DescribeRouteTables",
        members: &[
            FILTER,
            list("RouteTableId", 0, 1000),
            int("MaxResults", 5, 100),
            TOKEN,
            DRY_RUN,
        ],
        paging: paging(&["routeTableSet"]),
        answer: route_tables::describe_route_tables,
    },
    Served {
        operation: "DescribeSecurityGroups",
        members: &[
            FILTER,
            list("GroupId", 0, 1000),
            list("GroupName", 0, 1000),
            RESULTS,
            TOKEN,
            DRY_RUN,
        ],
        paging: paging(&["securityGroupInfo"]),
        answer: security_groups::describe_security_groups,
    },
    Served {
        operation: "DescribeSubnets",
        members: &[FILTER, list("SubnetId", 0, 1000), RESULTS, TOKEN, DRY_RUN],
        paging: paging(&["subnetSet"]),
        answer: subnets::describe_subnets,
    },
    Served {
        operation: "DescribeVpcEndpoints",
        members: &[
            FILTER,
            list("VpcEndpointId", 0, 1000),
            int("MaxResults", 1, 1000),
            TOKEN,
            DRY_RUN,
        ],
        paging: paging(&["vpcEndpointSet"]),
        answer: gateways::describe_vpc_endpoints,
    },
];

/// How things of one kind are asked for and told.
struct Kind<T> {
    /// The member of the request that names some of them.
    ids: &'static str,
    /// The member of the answer that holds them.
    set: &'static str,
    /// The id of one.
    id: fn(&T) -> &str,
    /// What one has under the name of a filter; `None` for a name that is no filter.
    field: fn(&Request<'_>, &T, &str) -> Option<Vec<String>>,
    /// The error for an id that does not exist.
    not_found: fn(&str) -> Failure,
    /// One of them in an answer.
    out: fn(&Request<'_>, &T) -> Out,
}

/// The things of a kind that a request asks for.
fn describe<T>(request: &Request<'_>, things: &[T], kind: &Kind<T>) -> Result<Answer, Failure> {
    if request.bool("DryRun") == Some(true) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Failure::new("DryRunOperation", message).status(412));
    }
    let things = if request.in_region() { things } else { &[] };
    let ids = request
        .list(kind.ids)
        .iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>();
    for id in &ids {
        if things.iter().all(|thing| (kind.id)(thing) != *id) {
            return Err((kind.not_found)(id));
        }
    }
    let mut found = Vec::new();
    for thing in things {
        let is_named = ids.is_empty() || ids.contains(&(kind.id)(thing));
        let mut is_wanted = is_named;
        for filter in request.list("Filter") {
            let name = filter["Name"].as_str().unwrap_or_default();
            let own = (kind.field)(request, thing, name).or_else(|| {
                let is_tag = name.starts_with("tag:") || name == "tag-key";
                is_tag.then(Vec::new)
            });
            let own = own.ok_or_else(|| {
                Failure::new(
                    "InvalidParameterValue",
                    format!("The filter '{name}' is invalid"),
                )
            })?;
            let wanted = filter["Value"].as_array().map_or(&[][..], Vec::as_slice);
            is_wanted &= wanted
                .iter()
                .filter_map(Value::as_str)
                .any(|wanted| own.iter().any(|own| fits(wanted, own)));
        }
        if is_wanted {
            found.push(thing);
        }
    }
    let (range, next) = page::slice(request, found.len(), "MaxResults", 1000)?;
    let set = Out::list(&found[range], |thing| (kind.out)(request, thing));
    Ok(Answer {
        out: Out::map().with(kind.set, set),
        next,
    })
}

fn one(value: impl ToString) -> Option<Vec<String>> {
    Some(vec![value.to_string()])
}

fn not_found(code: &str, message: String) -> Failure {
    Failure::new(code, message)
}

fn ids(name: &str, ids: &[String]) -> Out {
    Out::list(ids, |id| Out::map().with(name, id))
}

fn no_tags() -> Vec<Out> {
    Vec::new()
}

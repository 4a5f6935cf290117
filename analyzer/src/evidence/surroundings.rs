//! What surrounds a service: what it refers to, runs in and shares an account with.

use evidence_schema::{
    Body, Time,
    record::{
        CustomDomain, Identity, IngressConnection, Key, KeyGrant, NatGateway, NetworkInterface,
        ObservabilityConfiguration, Parameter, PushedImage, Quota, RoleSimulation, RouteTable,
        Secret, SecurityGroup, ServiceLinkedRole, SiblingConfiguration, SiblingOperation,
        SiblingService, SourceFile, Subnet, Tags, VpcConnector, VpcEndpoint,
    },
};

use super::{
    Observed,
    kept::{Kept, Left},
};

/// How much memory the records of each kind may take.
const EACH: usize = 512 << 10;

/// The large kinds are boxed in a record.
trait Own<T> {
    fn own(self) -> T;
}

impl<T> Own<T> for T {
    fn own(self) -> T {
        self
    }
}

impl<T> Own<T> for Box<T> {
    fn own(self) -> T {
        *self
    }
}

/// Declares each kind once: its field, its type, its source, and when what it tells of happened.
macro_rules! surroundings {
    ($($(#[$doc:meta])* $field:ident: $kind:ident from $source:literal at $time:expr;)*) => {
        /// What surrounds a service.
        #[derive(Clone, Debug, Default)]
        pub struct Surroundings {
            $($(#[$doc])* pub $field: Vec<Observed<$kind>>,)*
        }

        /// Keeps the newest of each kind.
        #[derive(Debug)]
        pub(super) struct Keeper {
            $($field: Kept<$kind>,)*
        }

        impl Keeper {
            pub(super) fn new() -> Self {
                Self { $($field: Kept::within(EACH),)* }
            }

            /// Takes a record that takes so much memory; gives it back when it is of another kind.
            pub(super) fn take(&mut self, record: u64, body: Body, memory: usize) -> Option<Body> {
                match body {
                    $(Body::$kind(fact) => {
                        let when: fn(&$kind) -> Option<Time> = $time;
                        let fact: $kind = fact.own();
                        let time = when(&fact);
                        self.$field.push(memory, Observed { fact, record, time });
                        None
                    })*
                    other => Some(other),
                }
            }

            /// What was kept; what was not is noted for its source.
            pub(super) fn end(self, left: &mut Vec<(&'static str, Left)>) -> Surroundings {
                $(
                    let (facts, some) = self.$field.end();
                    left.extend(some.map(|some| ($source, some)));
                    let $field = facts;
                )*
                Surroundings { $($field,)* }
            }
        }
    };
}

surroundings! {
    /// Who collected.
    identities: Identity from "identity" at |_| None;
    /// The VPC connector of the service.
    vpc_connectors: VpcConnector from "vpc-connector" at |_| None;
    /// The subnets of the connector.
    subnets: Subnet from "network" at |_| None;
    /// The route tables of its VPC.
    route_tables: RouteTable from "network" at |_| None;
    /// The NAT gateways of its VPC.
    nat_gateways: NatGateway from "network" at |_| None;
    /// The endpoints in its VPC.
    vpc_endpoints: VpcEndpoint from "network" at |_| None;
    /// The security groups of the connector and of endpoints.
    security_groups: SecurityGroup from "network" at |_| None;
    /// The network interfaces of App Runner.
    network_interfaces: NetworkInterface from "network" at |_| None;
    /// Files of the user's checkout.
    source_files: SourceFile from "source-files" at |_| None;
    /// The ways into a private service.
    ingress_connections: IngressConnection from "ingress-connections" at |_| None;
    /// The customer's domains.
    custom_domains: CustomDomain from "custom-domains" at |_| None;
    /// The tracing configuration.
    observability: ObservabilityConfiguration from "observability" at |_| None;
    /// The tags of the service.
    tags: Tags from "tags" at |_| None;
    /// What IAM itself says of the roles.
    role_simulations: RoleSimulation from "role-simulations" at |_| None;
    /// The roles that App Runner works with.
    service_linked_roles: ServiceLinkedRole from "service-linked-roles" at |_| None;
    /// Images that were pushed around a failure, oldest first.
    pushed_images: PushedImage from "pushed-images" at |it| Some(it.pushed_at);
    /// Quotas of the account.
    quotas: Quota from "quotas" at |_| None;
    /// The secrets that the service refers to.
    secrets: Secret from "secrets" at |_| None;
    /// The parameters that the service refers to.
    parameters: Parameter from "parameters" at |_| None;
    /// The keys that things are encrypted with.
    keys: Key from "keys" at |_| None;
    /// The grants on them.
    key_grants: KeyGrant from "keys" at |_| None;
    /// The other services of the account.
    siblings: SiblingService from "siblings" at |_| None;
    /// What those are made of that were deployed around a failure.
    sibling_configurations: SiblingConfiguration from "siblings" at |_| None;
    /// Their operations.
    sibling_operations: SiblingOperation from "siblings" at |it| it.started_at;
}

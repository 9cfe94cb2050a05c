from lib.action import RackspaceAction
from lib.loadbalancers import balancer_named


class FindLoadBalancerIdAction(RackspaceAction):
    def run(self, name):
        balancer = balancer_named(self.cloud(), name)
        if balancer is None:
            return False, "no load balancer is named %s" % name
        return True, str(balancer["id"])

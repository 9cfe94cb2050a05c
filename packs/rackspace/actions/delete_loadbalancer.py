from lib.action import RackspaceAction
from lib.loadbalancers import balancer_named, delete_balancer


class DeleteLoadBalancerAction(RackspaceAction):
    def run(self, loadbalancer_id=None, name=None):
        if not (loadbalancer_id or name):
            return False, "either loadbalancer_id or name is needed"
        cloud = self.cloud()
        if not loadbalancer_id:
            balancer = balancer_named(cloud, name)
            if balancer is None:
                return True, {"deleted": []}
            loadbalancer_id = str(balancer["id"])
        delete_balancer(cloud, loadbalancer_id)
        return True, {"deleted": [loadbalancer_id]}
